"""The picture of the platform's flow: states of its nodes, and their places."""
