"""Runs that wait for each other: the tasks of a DAG run, the jobs of a day, and what is upstream and downstream."""
