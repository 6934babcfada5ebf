"""Editing of handler rules as text, by command and on the dashboard, and simulation of a change."""
