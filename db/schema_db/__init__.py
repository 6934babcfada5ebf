"""The Schema DB: performance, jobs, user actions, and who may do what, since when."""
