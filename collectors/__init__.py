"""Evidence in: metrics_analysis (messages) and history_analysis (snapshots)."""
