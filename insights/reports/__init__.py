"""What happened in a day or a week: the content of reports, from both databases."""
