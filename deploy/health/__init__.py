"""Checks of a running installation that `hinomi doctor` and the dashboard share."""
