"""Reading a source again and again: remembered connections, rounds, what is new in each, and who is told."""
