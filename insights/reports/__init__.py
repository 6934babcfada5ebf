"""The content of reports on a day or a week, from both databases."""
