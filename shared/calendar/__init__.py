"""Times that people write in local time: weekly windows, and the instants at which a wall clock shows a time."""
