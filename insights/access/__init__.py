"""Who may do what, since when, through what, and whether they do."""
