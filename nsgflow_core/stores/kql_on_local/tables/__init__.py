"""The Traffic Analytics tables, made of the local store's flows and of what is known of the network."""
