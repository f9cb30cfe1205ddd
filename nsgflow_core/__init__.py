"""nsgflow: what really flows in an Azure network, what is denied, and which ports are required."""
