"""A simulated data platform that breaks, and the real Hinomi that watches and repairs it: `python -m demo`."""
