"""What commands of `hinomi` print: one module for each command, imported by its code."""
