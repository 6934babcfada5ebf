"""Simulated services that run jobs: Cloud Workflows and Cloud Scheduler."""
