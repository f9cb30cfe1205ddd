"""What rules do with a packet: match tables over addresses, tags and ports."""
