"""Notification channels: when a message may be sent, which notifications share it, and whether the channel works."""
