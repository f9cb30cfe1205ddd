"""Where flow-log blobs lie: list them, and read what is new in each."""
