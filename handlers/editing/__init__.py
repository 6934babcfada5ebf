"""Handler rules as text, to be edited: the command line uses it, no deployed function does."""
