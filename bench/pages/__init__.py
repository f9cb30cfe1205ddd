"""The server of the pages: time to a settled run, and memory over many views and sessions."""
