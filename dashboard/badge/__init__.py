"""The status badge: the state of the platform or of one service as a small picture."""
