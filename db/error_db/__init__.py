"""The Error DB: incidents, action runs, and the state of rules."""
