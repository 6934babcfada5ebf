"""What changed before an incident."""
