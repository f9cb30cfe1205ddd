"""nsgflow: what really flows in an Azure network, what is denied, and which ports are required."""

import os

__version__ = "1.0.0.dev0"

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Read by numpy as it is loaded. Its matrices here are small, and the threads that share them wait for each other by
turning: where other work has the cores, the order of a heatmap of 300 subnets took 300 ms in place of 8."""
