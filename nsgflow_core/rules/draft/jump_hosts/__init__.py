"""Hosts from which others are managed: who they are, and what is asked before one is let in where nobody saw it."""
