"""The columns of flows, ONE row each: what single rows hold, and what flows are grouped and filtered by.

A new dimension is a row here, and nothing elsewhere: filter, group, link, sentence, bar, table, command line and both
engines read it at use. Every source is mapped to the columns of single rows once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Literal

import pyarrow as pa

from nsgflow_core.ask.codes import STATE_CODES, STATES, WEEKDAY_CODES, WEEKDAY_KQL, WEEKDAYS, cases
from nsgflow_core.ask.column import Column
from nsgflow_core.ask.kinds import (
    ASN,
    ENDPOINT,
    MAC,
    NSG,
    NSG_ID,
    NUMBER,
    PORT,
    PROTOCOL,
    TEXT,
    TIME,
    interval,
    one_of,
)
from nsgflow_core.ask.parts import (
    WORD,
    Bar,
    CellFormat,
    Ending,
    Held,
    Kql,
    KqlOf,
    KustoRows,
    Option,
    Screen,
    Single,
    Sql,
    Unknown,
)
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.apart import nearest
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import PROTOCOL_NAMES, Decision, Direction, FlowState, LogKind, RuleKind


def _of_tuples(made: str, otherwise: str) -> KqlOf:
    return KqlOf(KustoRows.TUPLES, made, otherwise)


def _binned(length: str) -> KqlOf:
    return _of_tuples(f"bin(interval, {length})", "Traffic Analytics adds flows up by ten minutes or an hour")


def _of_azure(made: str) -> KqlOf:
    return KqlOf(KustoRows.ADDED_UP, made, "flow logs do not tell it, and a database has no inventory of yours")


_ADDED_UP = "Traffic Analytics adds flows up without it"
_TWO_WORDINGS = "only one of the tables of Traffic Analytics tells it, in other words than the logs"
_ANY = Screen(CellFormat.TEXT, None)

_NAMES: tuple[tuple[str, str, str, Literal["src", "dst"], str, str, int], ...] = (
    ("source_name", "Source name", "source", "src", "destination_name", "src_name", 15),
    ("destination_name", "Destination name", "destination", "dst", "source_name", "dst_name", 16),
)
"""Key, label, end in words, side, the key of the other end, KQL, place in the bar."""
_ADDRESSES: tuple[tuple[str, tuple[str, ...], str, Literal["src", "dst"], str], ...] = (
    ("src_ip", ("source_ip",), "Source address", "src", "dst_ip"),
    ("dst_ip", ("destination_ip", "dest_ip"), "Destination address", "dst", "src_ip"),
)
_INTERVALS: tuple[tuple[str, timedelta, str, str, Kql | KqlOf], ...] = (
    (
        "minute",
        timedelta(minutes=1),
        "Minute",
        "date_trunc('minute', {row}.time)",
        _binned("1m"),
    ),
    (
        "five_minutes",
        timedelta(minutes=5),
        "Five minutes",
        "time_bucket(INTERVAL 5 minutes, {row}.time)",
        _binned("5m"),
    ),
    (
        "quarter_hour",
        timedelta(minutes=15),
        "Quarter hour",
        "time_bucket(INTERVAL 15 minutes, {row}.time)",
        _binned("15m"),
    ),
    ("hour", timedelta(hours=1), "Hour", "date_trunc('hour', {row}.time)", Kql("bin(interval, 1h)")),
    ("day", timedelta(days=1), "Day", "date_trunc('day', {row}.time)", Kql("bin(interval, 1d)")),
)

# One row a paragraph: what it is; how engines have it; where it is shown and offered.
# fmt: off
_ROWS = (
    Column(key="time", aliases=(), label="Time (UTC)", kind=TIME,
           help="When the tuple was logged, to the millisecond where the source has it.",
           sql=Sql(Held.FLOWS, "{row}.time", "{made}"), kql=Kql("interval"),
           single=Single("time", pa.timestamp("us", tz="UTC"), is_listed=True), is_dimension=False, end=None,
           screen=Screen(CellFormat.SECOND, 152), bar=None, option=None),
    Column(key="source", aliases=("src", "src_subnet", "source_subnet"), label="Source", kind=ENDPOINT,
           help="Endpoint label of the source: its subnet, AzurePlatform, a private /24 or Internet.",
           sql=Sql(Held.PLACES, "{row}.label", "{made}"), kql=Kql("source"),
           single=None, is_dimension=True, end=Ending("src", opposite="destination"),
           screen=_ANY, bar=Bar(1, "Subnet, address, CIDR", ("source", "src_ip"), is_first=True, width="stretch"),
           option=Option(1, "--src", "ADDR|CIDR|SUBNET", "source address, prefix or subnet")),
    Column(key="destination", aliases=("dst", "dst_subnet", "destination_subnet"), label="Destination", kind=ENDPOINT,
           help="Endpoint label of the destination: its subnet, AzurePlatform, a private /24 or Internet.",
           sql=Sql(Held.PLACES, "{row}.label", "{made}"), kql=Kql("destination"),
           single=None, is_dimension=True, end=Ending("dst", opposite="source"),
           screen=_ANY, bar=Bar(2, "Subnet, address, CIDR", ("destination", "dst_ip"), is_first=True, width="stretch"),
           option=Option(2, "--dst", "ADDR|CIDR|SUBNET", "destination address, prefix or subnet")),
    *(Column(key=key, aliases=aliases, label=label, kind=ENDPOINT, help="IPv4 or IPv6, in canonical text.",
             sql=Sql(Held.PLACES, "{row}.text", "{made}"), kql=Kql(key),
             single=Single(key, WORD, is_listed=True), is_dimension=True, end=Ending(side, opposite=opposite),
             screen=_ANY, bar=None, option=None)
      for key, aliases, label, side, opposite in _ADDRESSES),
    *(Column(key=key, aliases=(), label=label, kind=TEXT,
             help=f"What stands behind the {end} address: VM, NIC, endpoint, balancer, site, tag or network owner.",
             sql=Sql(Held.PLACES, "{row}.name", "{made}"), kql=_of_azure(kql),
             single=None, is_dimension=True, end=Ending(side, opposite=opposite), option=None,
             screen=_ANY, bar=Bar(order, "VM, NIC, endpoint, …", (key,), is_first=False, width="stretch"))
      for key, label, end, side, opposite, kql, order in _NAMES),
    Column(key="service_tag", aliases=("tag",), label="Service tag", kind=TEXT,
           help="The most telling service tag that holds the flow's public address, from the weekly file.",
           sql=Sql(Held.OUTSIDE, "{row}.service_tag", "{made}"), kql=_of_azure("service_tag"),
           single=None, is_dimension=True, end=None, option=None,
           screen=_ANY, bar=Bar(17, "Storage.WestEurope", ("service_tag",), is_first=False, width="stretch")),
    Column(key="country", aliases=(), label="Country", kind=TEXT,
           help="Of the flow's public address, two letters (ISO 3166), from a database that you provide.",
           sql=Sql(Held.OUTSIDE, "{row}.country", "{made}"), kql=_of_azure("country"),
           single=None, is_dimension=True, end=None,
           screen=_ANY, bar=Bar(18, "DE, US", ("country",), is_first=False, width="stretch"), option=None),
    Column(key="asn", aliases=("as",), label="Autonomous system", kind=ASN,
           help="The network of the flow's public address and who runs it, from a database that you provide.",
           sql=Sql(Held.OUTSIDE, "{row}.asn", "{made}"),
           kql=Unknown("Traffic Analytics tells countries and services, not networks, and flow logs neither"),
           single=None, is_dimension=True, end=None,
           screen=_ANY, bar=Bar(19, "AS64500", ("asn",), is_first=False, width="stretch"), option=None),
    Column(key="src_port", aliases=("source_port",), label="Source port", kind=PORT, help="0 to 65535.",
           sql=Sql(Held.FLOWS, "{row}.src_port", "{made}"), kql=_of_tuples("src_port", _ADDED_UP),
           single=Single("src_port", pa.uint16(), is_listed=True), is_dimension=True, end=None,
           screen=Screen(CellFormat.PLAIN, 92), bar=Bar(11, "49152-65535", (), is_first=False, width="stretch"),
           option=None),
    Column(key="port", aliases=("dst_port", "destination_port"), label="Port", kind=PORT,
           help="Destination port, 0 to 65535.",
           sql=Sql(Held.FLOWS, "{row}.dst_port", "{made}"), kql=Kql("dst_port"),
           single=Single("dst_port", pa.uint16(), is_listed=True), is_dimension=True, end=None,
           screen=Screen(CellFormat.PLAIN, 66), bar=Bar(3, "443, 8000-8100", ("port",), is_first=True, width=160),
           option=Option(3, "--port", "PORT|A-B", "destination port or range")),
    Column(key="protocol", aliases=(), label="Protocol", kind=PROTOCOL,
           help="TCP, UDP, ICMP, ... or the IANA number.",
           sql=Sql(Held.FLOWS, "{row}.protocol", cases(PROTOCOL_NAMES, " ELSE {made}::VARCHAR")),
           kql=Kql("protocol"),
           single=Single("protocol", pa.uint8(), is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=Bar(5, "TCP, UDP, ICMP, …", ("protocol",), is_first=False, width="stretch"),
           option=Option(4, "--protocol", "NAME", "TCP, UDP, ICMP, ... or a number")),
    Column(key="direction", aliases=(), label="Direction", kind=one_of(tuple(Direction)),
           help="Inbound or Outbound, relative to the NIC that logged it.",
           sql=Sql(Held.CONTEXTS, "{row}.direction", "{made}"), kql=Kql("direction"),
           single=Single("direction", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=Bar(6, "Both", (), is_first=False, width="stretch"),
           option=Option(6, "--direction", "WORD", "Inbound or Outbound")),
    Column(key="decision", aliases=(), label="Decision", kind=one_of(tuple(Decision)), help="Allowed or Denied.",
           sql=Sql(Held.CONTEXTS, "{row}.decision", "{made}"), kql=Kql("decision"),
           single=Single("decision", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=Bar(4, "Both", (), is_first=True, width=160),
           option=Option(5, "--decision", "WORD", "Allowed or Denied")),
    Column(key="flow_state", aliases=("state",), label="State", kind=one_of(tuple(FlowState), STATES),
           help="Begin, Continuing, End or Deny; empty in version 1 logs.",
           sql=Sql(Held.FLOWS, "{row}.state", cases(STATE_CODES, "")), kql=_of_tuples("flow_state", _ADDED_UP),
           single=Single("flow_state", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=None, option=None),
    *(Column(key=key, aliases=(), label=label, kind=NUMBER, help=f"Since the flow's previous tuple, {way}.",
             sql=Sql(Held.FLOWS, f"{{row}}.{key}", "{made}"), kql=Kql(key),
             single=Single(key, pa.int64(), is_listed=True), is_dimension=False, end=None,
             screen=screen, bar=None, option=None)
      for key, label, way, screen in (
          ("src_to_dst_packets", "Packets sent", "source to destination", Screen(CellFormat.COUNT, 84)),
          ("src_to_dst_bytes", "Bytes sent", "source to destination", Screen(CellFormat.BYTES, 98)),
          ("dst_to_src_packets", "Packets returned", "destination to source", Screen(CellFormat.COUNT, 84)),
          ("dst_to_src_bytes", "Bytes returned", "destination to source", Screen(CellFormat.BYTES, 98)))),
    Column(key="encryption", aliases=(), label="Encryption", kind=TEXT,
           help="X, NX or NX_*, as VNet flow logs write it.",
           sql=Sql(Held.CONTEXTS, "{row}.encryption", "{made}"), kql=_of_tuples("encryption", _TWO_WORDINGS),
           single=Single("encryption", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=None, option=None),
    Column(key="nsg", aliases=(), label="NSG", kind=NSG,
           help="Name of the network security group, or the aclID of a VNet flow log; none where no NSG decided.",
           sql=Sql(Held.CONTEXTS, "{row}.nsg", "{made}"), kql=Kql("nsg"),
           single=Single("nsg", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=Bar(7, "Any NSG", ("nsg",), is_first=False, width="stretch"),
           option=Option(7, "--nsg", "NAME", "network security group, by name, id or aclID")),
    Column(key="nsg_id", aliases=("acl_id",), label="NSG id", kind=NSG_ID,
           help="The resource id or aclID, in one spelling; empty where no NSG decided.",
           sql=Sql(Held.CONTEXTS, "{row}.nsg_id", "{made}"), kql=Kql("nsg_id"),
           single=Single("nsg_id", WORD, is_listed=False), is_dimension=True, end=None,
           screen=_ANY, bar=None, option=None),
    Column(key="rule", aliases=(), label="Rule", kind=TEXT,
           help="Rule that decided, without UserRule_ or DefaultRule_.",
           sql=Sql(Held.CONTEXTS, "{row}.rule", "{made}"), kql=Kql("rule"),
           single=Single("rule", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=Bar(8, "Any rule", ("rule",), is_first=False, width="stretch"),
           option=Option(8, "--rule", "NAME", "rule that decided")),
    Column(key="rule_kind", aliases=(), label="Rule kind", kind=one_of(tuple(RuleKind)),
           help="User, Default, Admin, Platform or Unspecified.",
           sql=Sql(Held.CONTEXTS, "{row}.rule_kind", "{made}"), kql=Kql("rule_kind"),
           single=Single("rule_kind", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=Bar(9, "Any kind", (), is_first=False, width="stretch"), option=None),
    Column(key="mac", aliases=(), label="MAC address", kind=MAC, help="Of the NIC that logged the flow.",
           sql=Sql(Held.CONTEXTS, "{row}.mac", "{made}"), kql=Kql("mac"),
           single=Single("mac", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=Bar(12, "Any NIC", ("mac",), is_first=False, width="stretch"), option=None),
    Column(key="target", aliases=(), label="Target", kind=TEXT, help="The resource that the flow log is set on.",
           sql=Sql(Held.CONTEXTS, "{row}.target", "{made}"), kql=Kql("target"),
           single=Single("target", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=None, option=None),
    Column(key="log_kind", aliases=("log",), label="Flow log", kind=one_of(tuple(LogKind)),
           help="NSG or VNet flow log.", sql=Sql(Held.CONTEXTS, "{row}.log_kind", "{made}"), kql=Kql("log_kind"),
           single=Single("log_kind", WORD, is_listed=True), is_dimension=True, end=None,
           screen=_ANY, bar=Bar(10, "NSG and VNet", (), is_first=False, width="stretch"), option=None),
    *(Column(key=key, aliases=(), label=f"{name} (UTC)", kind=interval(length), help=f"The {name.lower()} of the flow.",
             sql=Sql(Held.FLOWS, sql, "{made}"), kql=kql,
             single=None, is_dimension=True, end=None, screen=Screen(CellFormat.MINUTE, 152), bar=None, option=None)
      for key, length, name, sql, kql in _INTERVALS),
    Column(key="week", aliases=(), label="Week (UTC)", kind=interval(timedelta(days=7)),
           help="The ISO week of the flow, by its Monday.",
           # startofweek() is a Sunday (Microsoft Learn, "startofweek()").
           sql=Sql(Held.FLOWS, "date_trunc('week', {row}.time)", "{made}"), kql=Kql("startofweek(interval - 1d) + 1d"),
           single=None, is_dimension=True, end=None, screen=Screen(CellFormat.DAY, 112),
           bar=Bar(13, "2026-11-23", ("week",), is_first=False, width="stretch"),
           option=Option(9, "--week", "TIME", "ISO week, by any moment in it")),
    Column(key="weekday", aliases=(), label="Weekday", kind=one_of(WEEKDAYS, WEEKDAY_CODES, is_ranked=True),
           help="The day of the week, UTC.",
           sql=Sql(Held.FLOWS, "isodow({row}.time)", cases(WEEKDAY_CODES, "")), kql=Kql(f'case({WEEKDAY_KQL}, "")'),
           single=None, is_dimension=True, end=None, screen=_ANY,
           bar=Bar(14, "Any day", (), is_first=False, width="stretch"),
           option=Option(10, "--weekday", "DAY", "day of the week, UTC: Monday ... Sunday")),
)
# fmt: on

COLUMNS: dict[str, Column] = {column.key: column for column in _ROWS}
"""Every column by its key, in the order of single rows, then of dimensions. Looked up at use, never copied."""


class _Dimensions(Mapping[str, Column]):
    """The columns that flows are grouped and filtered by, as `COLUMNS` is now."""

    def __getitem__(self, key: str) -> Column:
        if not COLUMNS[key].is_dimension:
            raise KeyError(key)
        return COLUMNS[key]

    def __iter__(self) -> Iterator[str]:
        return (key for key, column in COLUMNS.items() if column.is_dimension)

    def __len__(self) -> int:
        return sum(1 for _ in self)


DIMENSIONS: Mapping[str, Column] = _Dimensions()


def dimension(name: str) -> Column:
    """The dimension of that key or alias. Raises BadFilter, naming the ones there are."""
    asked = name.strip().lower().replace("-", "_")
    for column in DIMENSIONS.values():
        if asked == column.key or asked in column.aliases:
            return column
    names = [each for column in DIMENSIONS.values() for each in (column.key, *column.aliases)]
    begun = [name for name in names if asked and name.startswith(asked)]
    near = begun or nearest(asked, names, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Choose from: {', '.join(DIMENSIONS)}."
    raise BadFilter(f"There is no dimension '{in_short(name)}'.", hint)


def single_columns() -> dict[str, Column]:
    """The columns that lists of single rows show, by their name there."""
    return {c.single.name: c for c in COLUMNS.values() if c.single and c.single.is_listed}
