"""The contents of the pages about access besides the answers of insights/access."""
