"""Actions on Dataflow."""
