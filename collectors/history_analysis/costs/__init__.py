"""Opens and resolves incidents about daily cost."""
