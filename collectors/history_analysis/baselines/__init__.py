"""Learns the baselines of stored metrics, and watches what they call unusual."""
