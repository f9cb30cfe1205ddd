"""Observed traffic against a rule set: what would be newly denied or newly allowed."""
