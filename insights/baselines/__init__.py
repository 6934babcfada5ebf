"""Learned baselines of time series: how surprising each point is, judged from earlier points only.

Arrays have one row for each series. A batch of thousands of series takes little longer than one series. Results are bit
for bit independent of the batch.
"""
