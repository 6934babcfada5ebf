"""Runs remediations: plan, approval, calls under a precondition, verification and undo."""
