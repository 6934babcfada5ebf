"""Cloud Logging on loopback: the server, and the evaluator of its query language."""
