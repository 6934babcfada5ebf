"""Handler rules as text, to be edited by command and on the dashboard, and what a change would have decided differently."""
