"""Simulated services for messages: Kafka Connect and Pub/Sub."""
