"""Opens and resolves incidents about tables: stale tables, and tables with an unusual volume."""
