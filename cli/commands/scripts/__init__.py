"""Commands about scripts of the installation: `hinomi actions` and `hinomi worker`."""
