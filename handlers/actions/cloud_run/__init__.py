"""Actions on Cloud Run jobs."""
