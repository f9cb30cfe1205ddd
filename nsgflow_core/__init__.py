"""nsgflow: what really flows in an Azure network, what is denied, and which ports are required."""

import os
from pathlib import Path

__version__ = "1.0.0.dev0"

COMMAND = "nsgflow" if (Path(__file__).parent / "dashboard").is_dir() else "python -m nsgflow_core"
"""What starts a command here: a wheel, which holds the dashboard, brings one of its own; a checkout has none."""

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Read by numpy as it is loaded. Its matrices here are small, and the threads that share them wait for each other by
turning: where other work has the cores, the order of a heatmap of 300 subnets took 300 ms in place of 8."""
