"""The address page: what was searched for, who it is, and the four parts of its traffic."""
