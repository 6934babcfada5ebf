"""Names of principals, jobs, runs and queries in one form each, and the fingerprint of a fault."""
