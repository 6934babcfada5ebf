"""From an incident to what is done about it: match, plan, work."""
