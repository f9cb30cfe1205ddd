"""nsgflow: what really flows in an Azure network, what is denied, and which ports are required."""

__version__ = "1.0.0.dev0"
