"""The ninety days before the demo, written with the functions that store what collectors and rules find.

Everything is relative to the start of the demo, and the same in each run: chance is seeded by names.
"""
