"""Rows as Traffic Analytics writes them at its worst: lists at both ends, torn lists, odd words, several rules."""

from __future__ import annotations

import pytest

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.words.vocabulary import PROTOCOL_NAMES
from tests.parts.workspace_rows import ask, cl, nta

pytestmark = pytest.mark.usefixtures("stub_token")
ENDS = FlowQuery(by=("src_ip", "dst_ip"), measures=("flows", "bytes"))


def entry(address: str, flows: int = 2) -> str:
    return f"{address}|{flows}|{flows}|3|4|100|200"


def answer(query: FlowQuery, **tables):
    return [tuple(row) for row in ask(lambda store: store.fetch(query), **tables).itertuples(index=False)]


def left_out(**tables):
    overview = ask(lambda store: store.overview(), **tables)
    return {reason: rows for table in overview.tables for reason, rows in table.left_out.items()}


@pytest.mark.parametrize(
    ("src", "dst", "pairs"),
    [
        ([entry("8.8.8.8")], [entry("20.1.0.4")], {("8.8.8.8", "20.1.0.4")}),
        ([entry("8.8.8.8"), entry("9.9.9.9")], [entry("20.1.0.4")], {("8.8.8.8", "20.1.0.4"), ("9.9.9.9", "20.1.0.4")}),
        ([entry("8.8.8.8")], [entry("20.1.0.4"), entry("2001:db8::4")],
         {("8.8.8.8", "20.1.0.4"), ("8.8.8.8", "2001:db8::4")}),
        ([entry("8.8.8.8"), entry("9.9.9.9")], [entry("20.1.0.4"), entry("20.1.0.5")],
         {("8.8.8.8", "20.1.0.4"), ("9.9.9.9", "20.1.0.5")}),
    ],
)  # fmt: skip
def test_lists_at_both_ends_keep_both(src: list[str], dst: list[str], pairs: set[tuple[str, str]]) -> None:
    old = {"SrcIP_s": "", "DestIP_s": "", "SrcPublicIPs_s": " ".join(src), "DestPublicIPs_s": "  ".join(dst) + " "}
    new = {"SrcIp": "", "DestIp": "", "SrcPublicIps": " ".join(src), "DestPublicIps": "  ".join(dst) + " "}
    for tables in ({"nsg": [cl(**old)]}, {"vnet": [nta(**new)]}, {"nsg": [cl(**old)], "vnet": [nta(**new)]}):
        assert set(answer(ENDS, **tables)) == {(*pair, 2, 300) for pair in pairs}


TORN = ("203.0.11", "203.0.113.9|2|2|3", "203.0.113.9|2|2|3|4|100|", "|2|2|3|4|100|200", "x|2|2|3|4|100|200")


@pytest.mark.parametrize("torn", TORN)
@pytest.mark.parametrize("side", ["Src", "Dest"])
def test_a_torn_entry_is_counted_and_never_an_endpoint(torn: str, side: str) -> None:
    packed = f"{entry('8.8.8.8')} {torn}"
    mine = {"Src": "10.1.1.4", "Dest": "10.1.2.5"} | {side: ""}
    tables = {
        "vnet": [nta(**{f"{side}PublicIps": packed, "SrcIp": mine["Src"], "DestIp": mine["Dest"]})],
        "nsg": [cl(**{f"{side}PublicIPs_s": packed, "SrcIP_s": mine["Src"], "DestIP_s": mine["Dest"]})],
    }
    for name, rows in tables.items():
        ends = {address for pair in answer(ENDS, **{name: rows}) for address in pair[:2]}
        assert ends == {"8.8.8.8", *filter(None, mine.values())}
        assert left_out(**{name: rows}) == {"torn list of public addresses": 1}


def test_a_list_that_was_cut_loses_its_last_entry() -> None:
    packed = " ".join(entry(f"8.8.{at // 250}.{at % 250}") for at in range(1500))[:32_768]
    packed = packed[: packed.rindex(" ")] + " " + entry("9.9.9.9", 10 ** (32_768 - packed.rindex(" ") - 25))
    found = answer(ENDS, nsg=[cl(SrcIP_s="", SrcPublicIPs_s=packed)])
    assert "9.9.9.9" not in {src for src, *_ in found}
    assert len(found) > 1000


@pytest.mark.parametrize(("number", "name"), PROTOCOL_NAMES.items())
def test_protocols_in_words_and_numbers(number: int, name: str) -> None:
    spelled = [str(number), name, name.lower(), name.upper(), *{"TCP": "Tt", "UDP": "Uu"}.get(name, "")]
    rows = [nta(L4Protocol=each) for each in spelled] + [nta(L4Protocol="99")]
    query = FlowQuery(by=("protocol",), measures=("tuples",))
    assert set(answer(query, vnet=rows)) == {(name, len(spelled)), ("99", 1)}


def test_unknown_directions_and_verdicts_are_counted() -> None:
    rows = [nta(), nta(FlowDirection="X"), nta(FlowDirection=""), nta(FlowStatus="?")]
    assert left_out(vnet=rows) == {"unknown direction": 2, "unknown verdict": 1}
    assert left_out(nsg=[cl(), cl(FlowDirection_s="?"), cl(FlowStatus_s="")]) == {
        "unknown direction": 1,
        "unknown verdict": 1,
    }
    assert left_out(vnet=[nta()]) == {}


@pytest.mark.parametrize("between", [" ", ",", ";", ", "])
def test_a_schema_1_row_keeps_all_its_rules(between: str) -> None:
    rules = ("0|UserRule_web|I|A|5", "0|DefaultRule_DenyAllInBound|I|D|2", "1|UserRule_out|O|A|3")
    row = cl(
        **{"FASchemaVersion_s": "1", "NSGRule_s": "", "NSGRuleType_s": "", "NSGRules_s": between.join(rules)},
        **{"NSGList_s": between.join(("s/rg/one", "s/rg/two")), "FlowDirection_s": "I"},
        **{"AllowedInFlows_d": 5.0, "OutboundBytes_d": 70.0},
    )
    query = FlowQuery(by=("nsg", "rule", "rule_kind", "direction", "decision"), measures=("flows", "bytes"))
    assert set(answer(query, nsg=[row])) == {
        ("one", "web", "User", "Inbound", "Allowed", 5, 70),
        ("one", "DenyAllInBound", "Default", "Inbound", "Denied", 2, 0),
        ("two", "out", "User", "Outbound", "Allowed", 3, 0),
    }
