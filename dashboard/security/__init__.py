"""Identity, roles, and protection of requests."""
