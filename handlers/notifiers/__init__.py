"""Notifications, found by the registry: one module each. A name that starts with an underscore is a helper."""
