"""The command line's commands: the same analyses as the pages, for scheduled exports and checks."""
