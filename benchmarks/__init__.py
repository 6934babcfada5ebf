"""Benchmarks that a reader can repeat; each compares two figures of the same run."""
