"""Faults in Vertex AI."""
