"""Texts about access: the limits of answers, the evidence of use, and drift from the platform map."""
