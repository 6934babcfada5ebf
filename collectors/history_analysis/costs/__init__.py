"""Opens and resolves incidents about the cost of a day."""
