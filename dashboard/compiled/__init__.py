"""What the first page of a process needs of templates and pages, prepared in files."""
