"""What stands behind an address: the resource that has it, the service tag that holds it, its country and network."""
