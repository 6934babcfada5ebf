"""Reacts to incidents: matches handler rules, plans action runs and executes them."""
