"""Subnets in which Azure asks for rules of its own, takes no NSG or logs less: a table, and what a scope meets."""
