"""Tables as wide as the window: how long names are, and which columns stand behind the others."""
