"""A draft's proof at size: each day left out, completeness, what would fall, and the check after applying.

.venv/bin/python bench/rules/proof.py [--tuples 10000000]   a store as draft.py makes it, 7 days, CPU times
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.stores import big_store  # noqa: E402
from nsgflow_core.ask.filters import FlowFilter  # noqa: E402
from nsgflow_core.inventory.inventory import Inventory  # noqa: E402
from nsgflow_core.inventory.scope import Scope  # noqa: E402
from nsgflow_core.rules.decide.address_space import AddressSpace  # noqa: E402
from nsgflow_core.rules.draft.draft import draft  # noqa: E402
from nsgflow_core.rules.proof.check import denied_since  # noqa: E402
from nsgflow_core.rules.proof.completeness import completeness  # noqa: E402
from nsgflow_core.rules.proof.held_out import prove  # noqa: E402
from nsgflow_core.rules.proof.learning import learn  # noqa: E402
from nsgflow_core.rules.proof.staging import count_falling  # noqa: E402
from nsgflow_core.words.vocabulary import Direction  # noqa: E402
from tests.estates.flows import START  # noqa: E402

T = TypeVar("T")


def timed(what: str, made: Callable[[], T]) -> T:
    """Run it, and print how long it took."""
    started = time.process_time()
    found = made()
    print(f"{what}: {time.process_time() - started:.1f} s of CPU; {getattr(found, 'sentence', '')}")
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuples", type=int, default=10_000_000)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        store, subnets = big_store(Path(folder) / "f.duckdb", arguments.tuples)
        space, scope, asked = AddressSpace.of(subnets), Scope(nsg="s00-nsg"), FlowFilter()
        made = timed("draft", lambda: draft(store, asked, scope, Direction.INBOUND, space=space))
        timed("learning curve", lambda: learn(made))
        timed("each day left out", lambda: prove(store, asked, made))
        timed("completeness", lambda: completeness(store, asked, Inventory(), scope, Direction.INBOUND))
        timed("what would fall, day by day", lambda: count_falling(store, asked, made))
        timed("check", lambda: denied_since(store, asked, START + timedelta(days=5)))


if __name__ == "__main__":
    main()
