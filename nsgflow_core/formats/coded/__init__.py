"""Flows as numbers: the few texts that these stand for, and their rows, in columns or as the compiled pass has them."""
