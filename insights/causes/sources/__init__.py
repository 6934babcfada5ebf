"""The sources of changes: each module reads one kind of history and yields changes with a connection to the incident."""
