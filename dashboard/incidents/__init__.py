"""The contents of the pages about incidents: whether an incident needs a person, and its latest event."""
