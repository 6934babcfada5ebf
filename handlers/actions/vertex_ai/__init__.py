"""Remediations of Vertex AI."""
