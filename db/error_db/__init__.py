"""The Error DB: incidents, what was done about them, and the state that rules need."""
