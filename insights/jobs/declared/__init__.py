"""The schedules that the schedulers of jobs declare."""
