"""Results and errors of the notifiers."""
