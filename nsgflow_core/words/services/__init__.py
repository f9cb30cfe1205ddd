"""What is reached at a port: the registered names of services."""
