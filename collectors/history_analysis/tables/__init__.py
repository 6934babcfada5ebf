"""Opens and resolves incidents about tables: stale ones, and those with an unusual volume."""
