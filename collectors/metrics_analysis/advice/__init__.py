"""Advice about a finding: its next steps with their commands, and the class of its error."""
