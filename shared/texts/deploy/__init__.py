"""Texts about a deployment: its resources, how they differ from the plan, errors, and the doctor."""
