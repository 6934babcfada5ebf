"""The commands of `hinomi`, one module each."""
