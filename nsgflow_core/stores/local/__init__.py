"""The local store: flows and the ledger of blobs read in one DuckDB file; questions as SQL."""
