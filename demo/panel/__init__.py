"""The panel of the running demo: a page of its dashboard on which a person can break the platform."""
