"""The resources of the API: one module for each; all modules of this package are loaded."""
