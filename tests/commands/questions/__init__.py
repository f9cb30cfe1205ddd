"""Questions on the command line: what each prints, and says where nothing is found."""
