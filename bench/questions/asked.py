"""The questions that pages ask, the windows and the filters that they are asked with, and their raw aggregate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bench.questions.estate import HOURS, START
from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.analysis.question import Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local.sql.columns_sql import Statement, place_joins, side_columns
from nsgflow_core.stores.local.sql.filter_sql import Parameters, conditions_sql
from nsgflow_core.stores.local.sql.grouping import Grouping
from nsgflow_core.stores.local.sql.shown_sql import Shown, places_and_words

QUESTIONS: Mapping[str, Callable[[FlowFilter], Question]] = {
    "totals": traffic.totals,
    "by decision": traffic.by_decision,
    "over time, by hour": traffic.over_time,
    "over time, by day": lambda flow_filter: traffic.over_time(flow_filter, "day"),
    "10 talkers": traffic.top_talkers,
    "matrix": traffic.between_subnets,
    "1,000 pairs": lambda flow_filter: traffic.address_pairs(flow_filter, 1_000),
    "required ports, top 8": lambda flow_filter: required_ports.services(flow_filter, limit=8),
    "required ports, 2,000 of addresses": lambda flow_filter: required_ports.services(flow_filter, "address", 2_000),
    "denied by rule and port, top 8": lambda flow_filter: denied.by_rule_and_port(flow_filter, 8),
    "denied by rule and port, 2,000": lambda flow_filter: denied.by_rule_and_port(flow_filter, 2_000),
    "denied by source, top 8": lambda flow_filter: denied.by_source(flow_filter, 8),
    "denied over time by rule": denied.over_time,
}
_END = START + timedelta(hours=HOURS)
_CUT = timedelta(minutes=23)
_MIDDLE = START + timedelta(days=3, hours=9)
_DAY = timedelta(days=1)
WINDOWS: Mapping[str, FlowFilter] = {
    "all": FlowFilter(),
    "7 d cut": FlowFilter().within(START + _CUT, _END - _CUT),
    "24 h cut": FlowFilter().within(_MIDDLE + _CUT, _MIDDLE + _CUT + _DAY),
    "24 h whole": FlowFilter().within(_MIDDLE, _MIDDLE + _DAY),
    "1 h": FlowFilter().within(_MIDDLE, _MIDDLE + timedelta(hours=1)),
    "1 h cut": FlowFilter().within(_MIDDLE + _CUT, _MIDDLE + _CUT + timedelta(hours=1)),
}
FILTERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "none": {},
    "subnet": {"destination": ("snet-010",)},
    "CIDR": {"source": ("10.1.0.0/16",)},
    "port": {"port": ("443",)},
    "pair": {"source": ("snet-007",), "destination": ("snet-010",)},
    "rule": {"rule": ("allow-web",)},
    "default rule": {"rule": ("AllowVnetOutBound",)},
    "NSG": {"nsg": ("nsg-s010",)},
    "denied": {"decision": ("Denied",)},
    "inbound": {"direction": ("Inbound",)},
    "UDP": {"protocol": ("UDP",)},
    "one kind of log": {"log_kind": ("VNet",)},
}


@dataclass(frozen=True)
class Case:
    """A question about a window through a filter."""

    question: str
    window: str
    filter: str
    query: FlowQuery


def cases(windows: tuple[str, ...], filters: tuple[str, ...]) -> Iterator[Case]:
    """Every question in every window without a filter, and over all and a day through each filter."""
    for name, asked in QUESTIONS.items():
        for window in windows:
            for narrowed in filters if window in ("all", "24 h cut") else ("none",):
                flow_filter = WINDOWS[window]
                for dimension, values in FILTERS[narrowed].items():
                    flow_filter = flow_filter.where(dimension, *values)
                query = asked(flow_filter).query
                assert isinstance(query, FlowQuery)
                yield Case(name, window, narrowed, query)


def raw_aggregate(query: FlowQuery) -> Statement:
    """The same rows in the same groups, counted and summed as they are: nothing resolved, nothing in words."""
    parameters, grouping = Parameters(), Grouping(query)
    stages = places_and_words(parameters, Shown())
    where = conditions_sql(query.filter, parameters)
    labels = {name: grouping.columns[name].sql.made.format(row=side_columns(grouping.columns[name])[0][0])
              for name in grouping.early_labels}  # fmt: skip
    keys = {code: grouping.row_codes[code] for code in grouping.codes if code in grouping.row_codes}
    keys |= {name: f"w.{name}" for name in grouping.words} | labels
    sums = grouping.sums([*grouping.volumes, *grouping.along])
    for name in grouping.facts:
        made = MEASURES[name].sql
        sums |= {name: f"count(DISTINCT {', '.join(made.keys.values())})"} if made.keys else made.sums
    joins = place_joins({side for name in labels for side in side_columns(grouping.columns[name])})
    if grouping.words or where.contexts:
        joins += f" JOIN (SELECT * FROM words w{where.contexts}) w ON w.id = f.context"
    selected = ", ".join(f"{made} AS {name}" for name, made in (keys | sums).items()) or "count(*)"
    grouped = f" GROUP BY {', '.join(keys.values())}" if keys else ""
    text = f"WITH {', '.join(stages)} SELECT {selected} FROM flows f{joins}{where.rows}{grouped}"
    if query.limit is not None and query.order in sums:
        text += f" ORDER BY {query.order} DESC LIMIT {query.limit:d}"
    elif query.limit is not None:
        text += f" ORDER BY {next(iter(sums))} DESC LIMIT {query.limit:d}"
    return Statement(text, parameters.values)
