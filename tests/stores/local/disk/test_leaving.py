"""A process ends with its own status, whatever of its other threads is inside an engine then."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT

LONG = "SELECT count(*) FROM range(1_000_000) a, range(1_000_000) b WHERE a.range % 7 = b.range % 3"
ASKING = """
    import sys, threading, time
    from pathlib import Path
    from nsgflow_core.stores.local.store import LocalStore
    store, begun = LocalStore(Path(sys.argv[1])), threading.Event()
"""
A_LONG_QUESTION = f"""
    def ask():
        with store.asking() as connection:
            begun.set()
            connection.sql({LONG!r}).to_arrow_table()
    for _ in range(3):
        threading.Thread(target=ask, daemon=True).start()
    begun.wait()
    time.sleep(0.2)
"""
A_COMMIT = f"""
    def change():
        with store._file.writing() as connection:
            begun.set()
            connection.execute("CREATE TABLE t AS " + {LONG!r})
    threading.Thread(target=change, daemon=True).start()
    begun.wait()
    time.sleep(0.2)
"""
A_FILE_THAT_CLOSES = """
    from nsgflow_core.stores.local.disk.engines import AttachedFile
    close = AttachedFile.close
    def slowly(file):
        begun.set()
        with store_of_its_own.cursor() as connection:
            connection.sql("SELECT count(*) FROM range(400_000_000) WHERE range % 7 = 3").fetchall()
        close(file)
    import duckdb
    store_of_its_own = duckdb.connect()
    AttachedFile.close = slowly
    store.stay_open(0.1)
    store.extent()
    begun.wait()
"""


@pytest.mark.parametrize("what", [A_LONG_QUESTION, A_COMMIT, A_FILE_THAT_CLOSES], ids=["question", "commit", "closing"])
def test_a_process_ends_while_its_threads_are_at_work(tmp_path: Path, what: str) -> None:
    """It aborted, with status 134: a command after it had printed all, when the file it left open closed just then."""
    LocalStore(tmp_path / "flows.duckdb").save_setting("note", "kept")
    code = textwrap.dedent(ASKING) + textwrap.dedent(what) + "\nprint('done')\n"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "flows.duckdb")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (0, "done\n"), ended.stderr
    assert "terminate" not in ended.stderr
    assert LocalStore(tmp_path / "flows.duckdb").settings() == {"note": "kept"}


def test_it_waits_for_no_thread_that_is_out_again(tmp_path: Path) -> None:
    """How long that took is told after all that ends with the process, which is asked in the order of last come."""
    code = """
        import atexit, time
        atexit.register(lambda: print("waited" if time.monotonic() - at > 4 else "at once"))
        from nsgflow_core.stores.local.store import LocalStore
        import sys, threading
        from pathlib import Path
        store = LocalStore(Path(sys.argv[1]))
        asked = threading.Thread(target=store.extent)
        asked.start()
        asked.join()
        at = time.monotonic()
    """
    LocalStore(tmp_path / "flows.duckdb").save_setting("note", "kept")
    asked = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "flows.duckdb")]
    ended = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "at once\n"), ended.stderr
