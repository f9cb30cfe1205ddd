"""Single blobs: fetched ahead, large and small, and of which another begins otherwise."""
