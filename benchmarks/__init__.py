"""Figures that a reader can repeat, each as a ratio in one run."""
