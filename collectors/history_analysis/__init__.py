"""Snapshots into the Schema DB."""
