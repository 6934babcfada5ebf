"""Code that at least two folders need. Modules in here import nothing from the folders above."""
