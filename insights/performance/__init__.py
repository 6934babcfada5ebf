"""The metrics of services over time, with the limits of the load check."""
