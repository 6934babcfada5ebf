"""Converts declared schedules of jobs, in the two notations of Google's schedulers, to the interval that they mean."""
