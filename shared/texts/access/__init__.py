"""Texts about access: what an answer covers, the evidence of use, and drift from the platform map."""
