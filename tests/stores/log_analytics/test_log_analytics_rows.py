"""Rows as Traffic Analytics writes them at its worst: lists at both ends, torn lists, odd words, several rules."""

from __future__ import annotations

import pytest

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.words.vocabulary import PROTOCOL_NAMES
from tests.parts.workspace_rows import ask, cl, nta

pytestmark = pytest.mark.usefixtures("stub_token")
ENDS = FlowQuery(by=("src_ip", "dst_ip"), measures=("flows", "bytes"))
ENDS_AND_PORT = FlowQuery(by=("src_ip", "dst_ip", "port"), measures=("flows", "bytes"))


def entry(address: str, flows: int = 2) -> str:
    return f"{address}|{flows}|{flows}|3|4|100|200"


def answer(query: FlowQuery, **tables):
    return [tuple(row) for row in ask(lambda store: store.fetch(query), **tables).itertuples(index=False)]


def left_out(**tables):
    overview = ask(lambda store: store.overview(), **tables)
    return {reason: rows for table in overview.tables for reason, rows in table.left_out.items()}


BOTH_ENDS: tuple[tuple[list[str], list[str], set[tuple[str, str]]], ...] = (
    ([entry("8.8.8.8")], [entry("20.1.0.4")], {("8.8.8.8", "20.1.0.4")}),
    ([entry("8.8.8.8"), entry("9.9.9.9")], [entry("20.1.0.4")], {("8.8.8.8", "20.1.0.4"), ("9.9.9.9", "20.1.0.4")}),
    (
        [entry("8.8.8.8")],
        [entry("20.1.0.4"), entry("2001:db8::4")],
        {("8.8.8.8", "20.1.0.4"), ("8.8.8.8", "2001:db8::4")},
    ),
    (
        [entry("8.8.8.8"), entry("9.9.9.9")],
        [entry("20.1.0.4"), entry("20.1.0.5")],
        {("8.8.8.8", "20.1.0.4"), ("9.9.9.9", "20.1.0.5")},
    ),
)
"""The lists of a row's two ends, and the pairs that they are."""


def test_lists_at_both_ends_keep_both() -> None:
    """A row each, told apart by its port."""
    old, new = [], []
    for port, (src, dst, _) in enumerate(BOTH_ENDS):
        lists = (" ".join(src), "  ".join(dst) + " ")
        old.append(cl(SrcIP_s="", DestIP_s="", SrcPublicIPs_s=lists[0], DestPublicIPs_s=lists[1], DestPort_d=port))
        new.append(nta(SrcIp="", DestIp="", SrcPublicIps=lists[0], DestPublicIps=lists[1], DestPort=port))
    expected = {(*pair, port, 2, 300) for port, (_, _, pairs) in enumerate(BOTH_ENDS) for pair in pairs}
    for tables in ({"nsg": old}, {"vnet": new}, {"nsg": old, "vnet": new}):
        assert set(answer(ENDS_AND_PORT, **tables)) == expected


TORN = ("203.0.11", "203.0.113.9|2|2|3", "203.0.113.9|2|2|3|4|100|", "|2|2|3|4|100|200", "x|2|2|3|4|100|200")


@pytest.mark.parametrize("side", ["Src", "Dest"])
def test_a_torn_entry_is_counted_and_never_an_endpoint(side: str) -> None:
    """A row for each way to be torn, told apart by its port."""
    mine = {"Src": "10.1.1.4", "Dest": "10.1.2.5"} | {side: ""}
    packed = [f"{entry('8.8.8.8')} {torn}" for torn in TORN]
    ends = {"SrcIp": mine["Src"], "DestIp": mine["Dest"]}
    tables = {
        "vnet": [nta(**{f"{side}PublicIps": text, "DestPort": at}, **ends) for at, text in enumerate(packed)],
        "nsg": [
            cl(**{f"{side}PublicIPs_s": text, "DestPort_d": at, "SrcIP_s": mine["Src"], "DestIP_s": mine["Dest"]})
            for at, text in enumerate(packed)
        ],
    }
    pair = ("8.8.8.8", mine["Dest"]) if side == "Src" else (mine["Src"], "8.8.8.8")
    for name, rows in tables.items():
        assert set(answer(ENDS_AND_PORT, **{name: rows})) == {(*pair, at, 2, 300) for at in range(len(TORN))}
        assert left_out(**{name: rows}) == {"torn list of public addresses": len(TORN)}


def test_a_list_that_was_cut_loses_its_last_entry() -> None:
    packed = " ".join(entry(f"8.8.{at // 250}.{at % 250}") for at in range(1500))[:32_768]
    packed = packed[: packed.rindex(" ")] + " " + entry("9.9.9.9", 10 ** (32_768 - packed.rindex(" ") - 25))
    found = answer(ENDS, nsg=[cl(SrcIP_s="", SrcPublicIPs_s=packed)])
    assert "9.9.9.9" not in {src for src, *_ in found}
    assert len(found) > 1000


def test_protocols_in_words_and_numbers() -> None:
    spelled = {
        name: [str(number), name, name.lower(), name.upper(), *{"TCP": "Tt", "UDP": "Uu"}.get(name, "")]
        for number, name in PROTOCOL_NAMES.items()
    }
    rows = [nta(L4Protocol=each) for words in spelled.values() for each in words] + [nta(L4Protocol="99")]
    query = FlowQuery(by=("protocol",), measures=("tuples",))
    assert set(answer(query, vnet=rows)) == {*((name, len(words)) for name, words in spelled.items()), ("99", 1)}


def test_unknown_directions_and_verdicts_are_counted() -> None:
    rows = [nta(), nta(FlowDirection="X"), nta(FlowDirection=""), nta(FlowStatus="?")]
    assert left_out(vnet=rows) == {"unknown direction": 2, "unknown verdict": 1}
    assert left_out(nsg=[cl(), cl(FlowDirection_s="?"), cl(FlowStatus_s="")]) == {
        "unknown direction": 1,
        "unknown verdict": 1,
    }
    assert left_out(vnet=[nta()]) == {}


def test_a_schema_1_row_keeps_all_its_rules() -> None:
    """A row for each way to separate them, told apart by its port."""
    between = (" ", ",", ";", ", ")
    rules = ("0|UserRule_web|I|A|5", "0|DefaultRule_DenyAllInBound|I|D|2", "1|UserRule_out|O|A|3")
    rows = [
        cl(
            **{"FASchemaVersion_s": "1", "NSGRule_s": "", "NSGRuleType_s": "", "NSGRules_s": mark.join(rules)},
            **{"NSGList_s": mark.join(("s/rg/one", "s/rg/two")), "FlowDirection_s": "I", "DestPort_d": float(port)},
            **{"AllowedInFlows_d": 5.0, "OutboundBytes_d": 70.0},
        )
        for port, mark in enumerate(between)
    ]
    query = FlowQuery(by=("port", "nsg", "rule", "rule_kind", "direction", "decision"), measures=("flows", "bytes"))
    assert set(answer(query, nsg=rows)) == {
        (port, *expected)
        for port in range(len(between))
        for expected in (
            ("one", "web", "User", "Inbound", "Allowed", 5, 70),
            ("one", "DenyAllInBound", "Default", "Inbound", "Denied", 2, 0),
            ("two", "out", "User", "Outbound", "Allowed", 3, 0),
        )
    }
