"""Scalar functions that duckdb-kql lacks or has otherwise than Kusto; `adding.add_functions()` puts them in place."""
