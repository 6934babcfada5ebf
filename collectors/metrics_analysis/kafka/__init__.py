"""Compares observations of Kafka Connect with earlier ones: current faults, their beginning, and recoveries."""
