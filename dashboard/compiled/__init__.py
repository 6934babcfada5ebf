"""Templates as Python modules."""
