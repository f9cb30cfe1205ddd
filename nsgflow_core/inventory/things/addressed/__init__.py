"""What is known by its addresses: resources that answer at some, and databases that tell where addresses are."""
