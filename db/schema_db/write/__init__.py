"""Writes the rows of collectors to the Schema DB."""
