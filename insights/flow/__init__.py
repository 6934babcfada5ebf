"""The flow of data through the platform: from the platform map, and from the tables that jobs read and write."""
