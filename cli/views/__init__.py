"""How answers read at the terminal."""
