"""Times that people write in local time: weekly windows, and the instants of a wall clock."""
