"""The Schema DB: history of performance, jobs, user actions and access."""
