"""Every question that a page or a command asks, found in the code, so that a new one is asked of each engine."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from nsgflow_core import analysis
from nsgflow_core.analysis.question import Composed, Question
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES, MeasureKind
from nsgflow_core.ask.query import FlowQuery, RowsQuery

MOST = 50
"""What a question with a limit is asked for."""


def named(window: FlowFilter, earlier: FlowFilter, subnet: str) -> dict[str, Question | Composed]:
    """Each function of `analysis` that makes a question, asked about a window; those of two windows about both."""
    given: dict[str, Any] = {
        "flow_filter": window, "part": window, "after": window, "before": earlier, "subnet": subnet, "limit": MOST,
        "unknown": frozenset(), "unsupported": frozenset(), "query": RowsQuery(window, order="time", limit=MOST),
        "end": "source", "name": "source", "text": subnet,
    }  # fmt: skip
    made = {}
    for name, function in _functions():
        parameters = inspect.signature(function).parameters.values()
        asked = {each.name: given[each.name] for each in parameters if each.name in given}
        if all(each.name in given or each.default is not each.empty for each in parameters):
            made[name] = function(**asked)
    return made


def _functions() -> Iterator[tuple[str, Callable[..., Question | Composed]]]:
    for found in pkgutil.walk_packages(analysis.__path__, f"{analysis.__name__}."):
        module = import_module(found.name)
        for name, function in vars(module).items():
            told = getattr(function, "__annotations__", {}).get("return")
            if told in ("Question", "Composed") and function.__module__ == found.name:
                yield f"{found.name.removeprefix(analysis.__name__ + '.')}.{name}", function


def by_hand(window: FlowFilter) -> Mapping[str, FlowQuery]:
    """What nobody names: each dimension with every volume, each measure of all, each operator's test."""
    volumes = tuple(key for key, measure in MEASURES.items() if measure.kind is MeasureKind.VOLUME)
    asked: dict[str, FlowQuery] = {
        f"by {key}": FlowQuery(window, by=(key, "decision") if key != "decision" else (key,), measures=volumes)
        for key in DIMENSIONS
    }
    asked["all measures"] = FlowQuery(window, measures=tuple(MEASURES))
    asked["all measures by service"] = FlowQuery(
        window, by=("source", "destination", "port"), measures=tuple(MEASURES), order="flows", limit=MOST
    )
    return asked
