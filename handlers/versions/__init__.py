"""Changes of the handler rules: the differences between two versions, and the merge of a file with the stored rules."""
