"""The state of jobs: their health now, and their result on each day."""
