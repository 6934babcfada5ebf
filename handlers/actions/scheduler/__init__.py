"""Actions on Cloud Scheduler."""
