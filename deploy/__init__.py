"""Deployment: compares the desired state (plan.yaml) with a project and returns the commands that change it."""
