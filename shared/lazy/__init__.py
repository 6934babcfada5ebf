"""What a start puts off until its first use: it delays the first response."""
