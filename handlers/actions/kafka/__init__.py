"""Actions on Kafka Connect and its connectors."""
