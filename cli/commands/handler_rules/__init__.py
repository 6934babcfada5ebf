"""The commands of `hinomi handlers` that change and test handler rules."""
