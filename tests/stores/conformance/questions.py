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
from nsgflow_core.stores.base import Query

MOST = 5000
"""What a question with a limit is asked for: more than there are, since ties at a limit are nobody's promise."""
FILTERS: tuple[Mapping[str, str], ...] = (
    {"src": "web"}, {"dst": "!10.20.0.0/16"}, {"src": "10.20.1.0/24", "either_way": "1"}, {"port": "443,1-1023"},
    {"protocol": "UDP"}, {"decision": "Denied", "direction": "Inbound"}, {"rule": "~deny"}, {"nsg": "!~web"},
    {"rule_kind": "User"}, {"mac": "~00"}, {"log_kind": "VNet"}, {"flow_state": "Begin"}, {"src_port": "50000-60000"},
    {"encryption": "NX"}, {"weekday": "!Sunday"}, {"dst": "!Internet", "nsg": "none"},
)  # fmt: skip


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


TOGETHER = (
    ("direction", "rule_kind", "log_kind", "mac", "target", "protocol", "encryption", "flow_state"),
    ("minute", "five_minutes", "quarter_hour", "week", "weekday"),
    ("src_port", "nsg_id", "rule"),
)
"""Dimensions that are asked at once; every other one alone."""


def by_hand(window: FlowFilter) -> Mapping[str, Query]:
    """Each dimension with every volume, and every measure."""
    volumes = tuple(key for key, measure in MEASURES.items() if measure.kind is MeasureKind.VOLUME)
    alone = [(key,) for key in DIMENSIONS if not any(key in each for each in TOGETHER)]
    asked: dict[str, Query] = {
        f"by {' '.join(keys)}": FlowQuery(window, by=keys, measures=volumes) for keys in (*alone, *TOGETHER)
    }
    asked["groups without a measure"] = FlowQuery(window, by=("src_ip", "protocol", "port", "day", "rule"), measures=())
    asked["all measures by service"] = FlowQuery(
        window, by=("source", "destination", "port"), measures=tuple(MEASURES), order="flows", limit=MOST
    )
    return asked


def filters(window: FlowFilter) -> Mapping[str, Query]:
    """Single rows under conditions of every kind."""
    told = {str(params): FlowFilter.from_params(params).within(window.since, window.until) for params in FILTERS}
    return {f"rows of {words}": RowsQuery(condition, limit=None) for words, condition in told.items()}
