"""Compares observations of Kafka Connect with earlier ones: what is a fault, since when, and what is over."""
