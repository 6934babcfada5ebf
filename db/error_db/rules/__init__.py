"""The state of detection rules in the Error DB: modes, and findings of staged rules."""
