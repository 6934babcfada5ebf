"""Code that at least two folders need. Modules of this package import nothing from the other folders."""
