"""Questions as SQL: plain text and values, no connection."""
