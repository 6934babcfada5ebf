"""Texts about detection rules: their modes, and backtests."""
