"""Access: who has which grants, since when and through which groups, and whether the grants are used."""
