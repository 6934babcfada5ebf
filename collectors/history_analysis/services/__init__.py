"""What is collected of each service: one module each, found by walking this package."""
