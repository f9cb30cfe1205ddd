"""The Connect page: sign in, see what is there, import, coverage, maps."""
