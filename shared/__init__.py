"""What two folders already need. Nothing in here imports from the folders above it."""
