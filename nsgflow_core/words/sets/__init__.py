"""Sets of numbers: bits of a word, runs of a line, and a number for each group of equal rows."""
