"""Learned baselines of time series: how surprising each point is, judged from earlier points only.

Arrays have one row for each series. A batch of thousands of series costs little more than one; results do not depend on
the batch, bit for bit.
"""
