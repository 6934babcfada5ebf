"""The dashboard: the state of the platform in a browser. docs/dashboard.md explains how to add a page."""
