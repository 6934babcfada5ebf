"""The resources of the API: one module each, found by walking this package."""
