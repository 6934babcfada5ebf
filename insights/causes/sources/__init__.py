"""Where changes are found: each module reads one kind of history and yields the changes that share something with an incident."""
