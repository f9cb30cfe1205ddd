"""What one query of the Query page may take, and where each limit is held."""

from __future__ import annotations

SECONDS = 30.0
"""For reading the query, running it, and making its answer; then its process is ended."""
START_SECONDS = 60.0
"""For a process to start and open the tables."""
MEMORY = 1 << 30
"""Bytes of data of the process that runs a query, held by the operating system (RLIMIT_DATA; not on Windows).

DuckDB's own limit does not hold: a function's result (`strrep` over a vector of 2,048 rows) is not counted in it.
"""
BUFFERS = "512MB"
"""Of these, what DuckDB may use to sort, join and add up."""
THREADS = 2
ROW_LIMIT = 30_000
"""The Azure portal shows as many."""
ANSWER_BYTES = 32 << 20
"""Of an answer's values; more rows are cut off while they are fetched."""
PIECE = 200
"""Rows fetched at once."""
LONGEST = 100_000
"""Characters of a query; Log Analytics takes about as many."""
AT_ONCE = 2
"""Queries at once, over all sessions."""
