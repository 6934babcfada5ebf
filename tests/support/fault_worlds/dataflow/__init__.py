"""Faults in Dataflow."""
