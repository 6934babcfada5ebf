"""Access compared with the access that the platform map intends."""
