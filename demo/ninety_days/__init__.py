"""The ninety days before the demo, written with the functions that store the data of collectors and rules.

All times are relative to the start of the demo, and each run has the same data: random numbers are seeded by names.
"""
