"""What the network is: VNets, NSGs, NICs and their rules, read from whatever file says so."""
