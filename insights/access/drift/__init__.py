"""Access compared with what the platform map intends."""
