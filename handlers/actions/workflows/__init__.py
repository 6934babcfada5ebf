"""Actions on Cloud Workflows."""
