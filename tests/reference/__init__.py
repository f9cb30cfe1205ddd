"""Slow, obvious, plain-Python answers, written apart from the code that they check."""
