"""Sets of numbers and of addresses."""
