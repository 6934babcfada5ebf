"""What people record about an incident."""
