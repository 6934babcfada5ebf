"""The collectors, one module for each service; all modules of this package are loaded."""
