"""Deployment: compares the desired state (plan.yaml) with a Google Cloud project and gives the commands that change it."""
