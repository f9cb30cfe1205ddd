"""Remembered connections: what is offered to be remembered, the card of those that are, and what its buttons do."""
