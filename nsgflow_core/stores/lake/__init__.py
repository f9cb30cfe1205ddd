"""Flows as Parquet files: written, and asked where they lie."""
