"""Commands that serve until they are interrupted."""
