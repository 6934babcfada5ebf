"""What BigQuery costs, and who waits for slots."""
