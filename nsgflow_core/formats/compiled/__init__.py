"""A pass over the raw bytes, compiled by numba where that is installed: sound records become numbers at once.

It takes only what Azure itself writes and checks every field of it. At anything else it stops before that record,
which then goes the careful way (`formats.framing`, `formats.tuples`), so both give the same rows and the same counts.
"""
