"""The finders of gaps: one file for each way to find some; none asks the store."""
