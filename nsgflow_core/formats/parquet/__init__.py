"""Parquet files of canonical flows: their form, and reading them for an import."""
