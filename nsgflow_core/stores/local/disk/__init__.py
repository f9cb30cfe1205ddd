"""The store as a file on the disk: where it lies, how it is opened by one or many, and what can go wrong with it."""
