"""The Query page: the editor and its answer."""
