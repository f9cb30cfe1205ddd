"""Asking a Kusto engine and reading its answers, whichever client asks; it knows no network."""
