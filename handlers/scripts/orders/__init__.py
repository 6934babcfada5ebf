"""Orders for workers on-premises: the messages that the function publishes, and the worker's replies."""
