"""Putting Hinomi into a Google Cloud project: what is wanted (plan.yaml), what is there, and the commands between them."""
