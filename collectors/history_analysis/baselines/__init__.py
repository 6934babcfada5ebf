"""Learns the baselines of stored metrics, and opens incidents for unusual values of watched metrics."""
