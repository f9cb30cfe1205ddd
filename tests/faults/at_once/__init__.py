"""Several processes that write at once."""
