"""Faults in Kafka Connect."""
