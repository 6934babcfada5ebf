"""What the Error DB keeps about detection rules: their modes, and what staged rules would have found."""
