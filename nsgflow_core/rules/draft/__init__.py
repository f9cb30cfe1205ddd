"""Least-privilege rules from observed traffic."""
