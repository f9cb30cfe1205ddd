"""The CPU seconds that test modules take, with all that they start: `python tests/cost.py [FILE ...]`, all by default.

Each module in a process of its own, one after the other: what a run of all makes once counts for each here. CPU time
tells on a busy machine what wall time cannot, though a page that waits longer also draws and asks more meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cost(module: Path) -> tuple[float, int]:
    """User and system seconds of a module's tests and of every process that they started and ended; exit status."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(module)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, running.returncode


def main() -> int:
    modules = [Path(name).resolve() for name in sys.argv[1:]] or sorted((ROOT / "tests").rglob("test_*.py"))
    failed = 0
    for module in modules:
        seconds, status = cost(module)
        failed |= status
        print(f"{seconds:7.1f}  {module.relative_to(ROOT)}{'' if not status else '  FAILED'}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
