"""BigQuery on loopback."""
