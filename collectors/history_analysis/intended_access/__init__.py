"""Changes that break the access that the platform map intends."""
