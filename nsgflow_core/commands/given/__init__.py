"""What the options of a command give it: a store, a part of its traffic, files that say what the network is."""
