"""The commands of `hinomi`, one module for each."""
