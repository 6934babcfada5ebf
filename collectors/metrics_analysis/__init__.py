"""Processes messages into incidents: envelope, evidence, rules, detectors, pipeline."""
