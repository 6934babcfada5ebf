"""Simulated platforms with injected faults, whose causes are known."""
