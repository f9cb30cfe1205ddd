"""What the command line makes of hostile files, options and names."""
