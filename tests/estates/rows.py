"""Random estates for property tests: canonical rows, and the same rows written as blobs of all three formats."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import Condition, FlowFilter
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.operators import OPERATORS
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.subnet_map import SubnetMap, read_subnet_map
from nsgflow_core.sources.sample.address_database import write_database
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import DIRECTION_CODES, LogKind, rule_identity
from tests.estates.records import nsg_record, vnet_record, whole_blob

Logged = dict[str, Any]
"""One logged tuple, as its format would write it."""
START = datetime(2026, 11, 23, 22, tzinfo=UTC)
ADDRESSES = (
    "10.0.1.4",
    "10.0.1.200",
    "10.0.2.4",
    "192.0.2.9",
    "168.63.129.16",
    "fd00:1::4",
    "fd00:1:0:1::9",
    "198.51.100.7",
)
SUBNETS: SubnetMap = read_subnet_map(
    "name,prefix\nweb,10.0.1.0/24\nweb-front,10.0.1.128/25\ndata,10.0.2.0/24\nsix,fd00:1::/32\nsix-narrow,fd00:1::/64\n"
)
_NET = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network"
_KNOWN = [
    {"id": f"{_NET}/networkInterfaces/web-1", "ipConfigurations": [{"privateIPAddress": "10.0.1.4"}]},
    {"id": f"{_NET}/networkInterfaces/six", "ipConfigurations": [{"privateIPAddress": "fd00:1::4"}]},
    {"id": f"{_NET}/loadBalancers/front", "frontendIPConfigurations": [{"privateIPAddress": "10.0.1.200"}]},
    {"values": [{"name": "Storage.West", "properties": {"systemService": "", "addressPrefixes": ["192.0.2.0/24"]}}]},
]
ADDRESS_NAMES: AddressNames = read(
    [
        ("known.json", json.dumps(_KNOWN)),
        (
            "whereabouts.mmdb",
            write_database(
                "Whereabouts",
                0,
                [
                    (parse_prefix("192.0.2.0/24"), {"country": {"iso_code": "DE"}}),
                    (
                        parse_prefix("198.51.100.0/24"),
                        {"country_code": "fr", "autonomous_system_number": 64500, "as_name": "Some Shops"},
                    ),
                ],
            ),
        ),
    ]
).address_names
"""What stands at these addresses: two NICs, a load balancer, a service tag, a country each and one network."""
TARGET = "/subscriptions/s/vnet"
NSGS = ("web-nsg", "data-nsg")
GUIDS = {"web-nsg": "AAAAAAAA-0000-4000-8000-000000000001", "data-nsg": "bbbbbbbb-0000-4000-8000-000000000002"}
NAMES = {guid.lower(): name for name, guid in GUIDS.items()}
ZERO = "00000000-0000-0000-0000-000000000000"
RULES = ("UserRule_allow-web", "DefaultRule_DenyAllInBound", "block-admin")


def nsg_id(name: str) -> str:
    return f"/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/{name.upper()}"


@st.composite
def tuples(draw) -> Logged:
    """One logged tuple, as its format would write it."""
    version = draw(st.sampled_from((1, 2, 4)))
    addresses = ADDRESSES if version == 4 else tuple(a for a in ADDRESSES if ":" not in a)
    src, dst = draw(st.sampled_from(addresses)), draw(st.sampled_from(addresses))
    state = draw(st.sampled_from("BBCED" if version == 4 else "BBCE"))
    denied = state == "D" or (version < 4 and draw(st.booleans()))
    nsg = draw(st.sampled_from((*NSGS, ZERO) if version == 4 else NSGS))
    rule = "PlatformRule" if nsg == ZERO else draw(st.sampled_from(RULES if version == 4 else RULES[:2]))
    counters = draw(st.lists(st.integers(0, 9), min_size=4, max_size=4)) if state in "CE" and not denied else None
    return {
        "version": version,
        "seconds": draw(st.integers(0, 5 * 3600)),
        "src": src,
        "dst": dst,
        "src_port": draw(st.sampled_from((50_000, 50_001))),
        "port": draw(st.sampled_from((53, 443, 8080))),
        "protocol": draw(st.sampled_from((6, 17, 50) if version == 4 else (6, 17))),
        "direction": draw(st.sampled_from("IO")),
        "denied": denied,
        "state": "B" if denied and version == 2 else state,
        "counters": None if version == 1 else counters,
        "nsg": nsg,
        "rule": rule,
        "mac": draw(st.sampled_from(("00005E005301", "00005E005302"))),
    }


estates = st.lists(tuples(), min_size=1, max_size=40)


def _of_two_keys(logged: Logged) -> Logged:
    dst = "10.0.2.4" if logged["seconds"] % 2 else "192.0.2.9"
    return logged | {"src": "10.0.1.4", "dst": dst, "port": 443, "protocol": 6}


estates_of_two_keys = st.lists(tuples().map(_of_two_keys), min_size=6, max_size=16)
"""The same connections all the time, logged by both ends, NSGs and rules: nearly each lives in several hours."""


def as_row(logged: Logged) -> dict[str, Any]:
    """The canonical row that a logged tuple means."""
    is_vnet = logged["version"] == 4
    kind = LogKind.VNET if is_vnet else LogKind.NSG
    name: str = logged["nsg"]
    acl = GUIDS.get(name, name) if is_vnet else nsg_id(name)
    rule, rule_kind = rule_identity(logged["rule"], acl, kind)
    states = {"B": "Begin", "C": "Continuing", "E": "End", "D": "Deny"}
    counters = logged["counters"] or [None] * 4
    return {
        "time": START + timedelta(seconds=logged["seconds"]),
        "src_ip": logged["src"],
        "dst_ip": logged["dst"],
        "src_port": logged["src_port"],
        "dst_port": logged["port"],
        "protocol": logged["protocol"],
        "direction": DIRECTION_CODES[logged["direction"]],
        "decision": "Denied" if logged["denied"] else "Allowed",
        "flow_state": "" if logged["version"] == 1 else states[logged["state"]],
        "src_to_dst_packets": counters[0],
        "src_to_dst_bytes": counters[1],
        "dst_to_src_packets": counters[2],
        "dst_to_src_bytes": counters[3],
        "encryption": "NX" if is_vnet else "",
        "nsg_id": acl,
        "nsg": acl.rsplit("/", 1)[-1],
        "rule": rule,
        "rule_kind": str(rule_kind),
        "mac": logged["mac"],
        "target": TARGET if is_vnet else acl,
        "log_kind": str(kind),
    }


def tuple_text(logged: Logged) -> str:
    moment = int((START + timedelta(seconds=logged["seconds"])).timestamp())
    protocol = logged["protocol"] if logged["version"] == 4 else {6: "T", 17: "U"}[logged["protocol"]]
    fields = [moment * 1000 if logged["version"] == 4 else moment, logged["src"], logged["dst"], logged["src_port"]]
    fields += [logged["port"], protocol, logged["direction"]]
    counters = logged["counters"] or ["", "", "", ""]
    if logged["version"] == 4:
        return ",".join(map(str, [*fields, logged["state"], "NX", *counters]))
    fields.append("D" if logged["denied"] else "A")
    return ",".join(map(str, fields if logged["version"] == 1 else [*fields, logged["state"], *counters]))


def as_blobs(estate: list[Logged]) -> dict[str, bytes]:
    """Path -> content: one blob for each log, NIC and version, one record a tuple."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for logged in estate:
        time = (START + timedelta(seconds=logged["seconds"])).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
        tail = f"y=2026/m=11/d=23/h=22/m=00/macAddress={logged['mac']}/PT1H.json"
        lines, rule, mac, nsg = [tuple_text(logged)], logged["rule"], logged["mac"], logged["nsg"]
        if logged["version"] == 4:
            log = "flowLogResourceID=/S_NETWORKWATCHERRG/NETWORKWATCHER_X_LOG"
            written = vnet_record(lines, rule=rule, acl=GUIDS.get(nsg, nsg), macAddress=mac, targetResourceID=TARGET)
        else:
            log = f"resourceId={nsg_id(nsg)}"
            written = nsg_record(logged["version"], lines, rule=rule, mac=mac, nsg=nsg_id(nsg))
        found[f"{log}/{tail}"].append(written | {"time": time})
    return {path: whole_blob(members) for path, members in found.items()}


_VALUES = {
    "source": ("web", "WEB-front", "10.0.1.0/24", "Internet", "fd00:1::/32", "::/0", "10.0.1.4", "nowhere"),
    "src_ip": ("10.0.1.4", "10.0.0.0/8", "fd00:1::4"),
    "source_name": ("web-1", "FRONT", "Storage.West", "Some Shops", "Azure virtual public IP"),
    "service_tag": ("storage.west", "Sql"),
    "country": ("de", "FR"),
    "asn": ("AS64500", "64500", "AS64500 Some Shops"),
    "src_port": ("50000", "50000-50001"),
    "port": ("443", "53-500"),
    "protocol": ("TCP", "17", "ESP"),
    "direction": ("inbound", "Outbound"),
    "decision": ("allowed", "Denied"),
    "flow_state": ("Begin", "End"),
    "encryption": ("nx",),
    "nsg": ("web-nsg", GUIDS["web-nsg"], nsg_id("data-nsg"), "WEB-NSG"),
    "nsg_id": (GUIDS["data-nsg"].upper(),),
    "rule": ("allow-web", "ALLOW-WEB", "PlatformRule"),
    "rule_kind": ("User", "platform"),
    "mac": ("00005e005301",),
    "target": ("/subscriptions/s/vnet",),
    "log_kind": ("NSG", "vnet"),
    "minute": ("2026-11-23T23:01:00Z",),
    "five_minutes": ("2026-11-23T23:04:00Z",),
    "quarter_hour": ("2026-11-23T23:20:00Z",),
    "hour": ("2026-11-23T23:00:00Z",),
    "day": ("2026-11-24",),
    "week": ("2026-11-24T10:00:00Z", "2026-11-20"),
    "weekday": ("monday", "Tuesday"),
}
_OTHER_ENDS = {"destination": "source", "dst_ip": "src_ip", "destination_name": "source_name"}
VALUES = {**_VALUES, **{other: _VALUES[end] for other, end in _OTHER_ENDS.items()}}
assert set(VALUES) == set(DIMENSIONS)
PARTS = ("we", "WEB", "sT", "10.0.1.", ":", "5e00:53", "%", "_", "nowhere", "0/24")
"""What `contains` looks for; `%` and `_` are letters like others."""


def values_for(name: str, operator: str) -> tuple[str, ...]:
    """What a condition of this operator may ask for; nothing where the kind has no text to look into."""
    if not OPERATORS[operator].reads_text:
        return VALUES[name]
    return PARTS if DIMENSIONS[name].kind.texts else ()


@st.composite
def filters(draw) -> FlowFilter:
    made = FlowFilter(either_way=draw(st.booleans()))
    if draw(st.booleans()):
        made = made.within(START + timedelta(minutes=draw(st.integers(0, 90))), START + timedelta(hours=4))
    for name in draw(st.lists(st.sampled_from(sorted(DIMENSIONS)), max_size=3, unique=True)):
        operator = draw(st.sampled_from([key for key in OPERATORS if values_for(name, key)]))
        values = draw(st.lists(st.sampled_from(values_for(name, operator)), min_size=1, max_size=2, unique=True))
        made = made.where(name, *values, operator=operator)
    if draw(st.integers(0, 3)) == 0:
        made = made.meeting(own_source(draw(st.sampled_from(ADDRESSES))))
    return made


def own_source(address: str, operator: str = "is_not") -> Condition:
    """The flow's own source is another one (or that one), also where a filter holds either way."""
    (asked,) = FlowFilter().where("src_ip", address, operator=operator).conditions
    return replace(asked, is_fixed=True)


@st.composite
def queries(draw) -> FlowQuery:
    by = tuple(draw(st.lists(st.sampled_from(sorted(DIMENSIONS)), max_size=4, unique=True)))
    measures = tuple(draw(st.lists(st.sampled_from(sorted(MEASURES)), min_size=1, max_size=5, unique=True)))
    order = draw(st.sampled_from((None, *by, *measures)))
    return FlowQuery(draw(filters()), by, measures, order, draw(st.sampled_from((None, None, 3))))


@st.composite
def shutting_out(draw) -> FlowQuery:
    """A question over all time that is about words in nothing but exclusions of its filter, and perhaps a decision."""
    words, asked = ("nsg", "rule", "rule_kind", "mac", "target", "direction", "log_kind"), FlowFilter()
    for name in draw(st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True)):
        operator = draw(
            st.sampled_from([key for key in OPERATORS if OPERATORS[key].excludes and values_for(name, key)])
        )
        asked = asked.where(name, draw(st.sampled_from(values_for(name, operator))), operator=operator)
    if draw(st.booleans()):
        asked = asked.where("decision", draw(st.sampled_from(VALUES["decision"])))
    by = draw(
        st.lists(st.sampled_from(("source", "destination", "src_ip", "port", "decision")), max_size=3, unique=True)
    )
    measures = draw(st.lists(st.sampled_from(_OF_ALL_TIME), min_size=1, max_size=4, unique=True))
    return FlowQuery(asked, tuple(by), tuple(measures), measures[0], draw(st.sampled_from((None, 3))))


_OF_ALL_TIME = ("flows", "bytes", "packets", "tuples", "sources", "first_seen", "directions", "rules")
