"""The collectors of evidence: metrics_analysis (messages) and history_analysis (snapshots)."""
