"""The figures: imports, questions and pages as stores grow, Coverage, in processor seconds, each beside its floor."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.figures.pages import pages_cold
from bench.imports.measure import floor_of, run
from bench.imports.shapes import write_one, write_small
from bench.imports.storage import has_azurite, median
from bench.questions.asked import QUESTIONS, raw_aggregate
from bench.questions.estate import week
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.coverage.truth import find_truth
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame.navigation import PAGES

TIMES = 5
NICS, TUPLES_AN_HOUR = 100, 83_333
"""Of `bench.imports.shapes`: so 120 hours are 24,000 blobs of 10 M tuples."""
ALL_PAGES = tuple(page.name for page in PAGES)
TOTALS = FlowQuery(measures=("flows", "bytes", "packets"))
_RAW = "raw aggregate of the same rows"


@dataclass(frozen=True)
class Figure:
    """What something took beside its floor, in processor seconds (both cores) if it does not say else, medians."""

    what: str
    tuples: int
    seconds: float
    floor: str
    floor_seconds: float

    @property
    def ratio(self) -> float:
        """How often the floor it took; less than 1 is faster."""
        return self.seconds / self.floor_seconds


def imports(spans: Sequence[int]) -> Iterator[Figure]:
    """Of so many hours of small blobs, as Azure writes them: into a new store, and once more with nothing new."""
    for hours in spans:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "logs"
            write_small(folder, NICS, hours, hours * TUPLES_AN_HOUR)
            floor = floor_of(folder, 500)
            fresh, again = [], []
            for number in range(3):
                store = Path(place) / f"{number}.duckdb"
                fresh.append(run(folder, store))
                again.append(run(folder, store))
            tuples = fresh[0].tuples
            for what, taken in (("import of small blobs", fresh), ("again, nothing new", again)):
                cpu = statistics.median(each.cpu for each in taken)
                yield Figure(what, tuples, cpu, "json + split + DataFrame", floor * tuples)


def downloads(hours: int, megabytes: int = 120, blobs: int = 1_000, times: int = 3) -> Iterator[Figure]:
    """Imports from an account (Azurite on the same cores), by the clock: of small blobs, and of a large one.

    The floor is the slower of the downloads alone and of the same import from a folder, so 1 says that the other one
    is hidden. None where Azurite is not installed.
    """
    if not has_azurite():
        return
    with tempfile.TemporaryDirectory() as place:
        small, large = Path(place) / "small", Path(place) / "large"
        write_small(small, NICS, hours, hours * TUPLES_AN_HOUR)
        write_one(large, megabytes)
        for what, folder in ((f"from an account, {blobs:,} small blobs", small), ("from an account, one blob", large)):
            found = median(folder, blobs, times)
            slower = "downloads alone" if found.downloads > found.folder else "the folder"
            yield Figure(f"{what}, by the clock", found.tuples, found.account, f"{slower}, by the clock", found.floor)


def questions(sizes: Sequence[int], times: int = TIMES, pages: Sequence[str] = ALL_PAGES) -> Iterator[Figure]:
    """Of the pages, over all of a store of each size, Coverage, and the first views of pages by a server."""
    with tempfile.TemporaryDirectory() as place:
        for size in sizes:
            store = week(Path(place) / f"{size}.duckdb", size)
            store.work_out_ahead(0)
            tuples = store.extent().tuples
            with store.held():
                for name, asked in QUESTIONS.items():
                    query = asked(FlowFilter()).query
                    assert isinstance(query, FlowQuery)
                    yield Figure(name, tuples, *_beside(store, query, partial(store.fetch, query), times))
                by = FlowQuery(by=("mac", "hour"), measures=("tuples",))
                truth = _beside(store, by, partial(find_truth, store, FlowFilter(), Inventory()), times)
                yield Figure("Coverage, all of it", tuples, *truth)
                raw = partial(store.table, raw_aggregate(TOTALS))
                floor = statistics.median(_seconds(raw) for _ in range(times))
            for name, seconds in pages_cold(store.path, pages, min(times, 3)):
                yield Figure(f"page {name}, cold", tuples, seconds, f"{_RAW}: totals", floor)


def _beside(store: LocalStore, query: FlowQuery, ask: Callable[[], object], times: int) -> tuple[float, str, float]:
    """Seconds of asking, and of the raw aggregate of a question, in turn: medians."""
    took, floors = [], []
    raw = raw_aggregate(query)
    for _ in range(times):
        took.append(_seconds(ask))
        floors.append(_seconds(lambda: store.table(raw)))
    return statistics.median(took), _RAW, statistics.median(floors)


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return max(time.process_time() - started, 1e-6)
