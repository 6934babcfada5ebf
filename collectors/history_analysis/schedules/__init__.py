"""Reads declared schedules of jobs: the two notations that Google's schedulers take, and the interval that they mean."""
