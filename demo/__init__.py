"""A simulated data platform that fails, and the real Hinomi that detects and repairs the failures: `python -m demo`."""
