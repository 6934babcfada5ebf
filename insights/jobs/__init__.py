"""How jobs run compared with their own history."""
