"""Texts of the dashboard: one module for each page, and `common` for what all pages have."""
