"""Actions on Pub/Sub: seek, replay, publish."""
