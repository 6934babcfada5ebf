"""Texts of the commands of `hinomi`: one module for each command, imported by its code."""
