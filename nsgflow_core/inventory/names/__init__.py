"""What stands behind an address: its resource, service tag, country and network; and what logs call an NSG."""
