"""The decision on a handler rule, stage by stage; handlers/stages/decision.py has the order."""
