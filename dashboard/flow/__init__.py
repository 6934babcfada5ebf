"""The picture of the data flow: the states of its nodes, and their positions."""
