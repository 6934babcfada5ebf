"""The habits of a job: the hours in which it runs, and the times of day at which it starts."""
