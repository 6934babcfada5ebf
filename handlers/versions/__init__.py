"""Changes of the handler rules: what differs between two versions, and how a file is merged with the stored rules."""
