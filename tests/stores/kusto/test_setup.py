"""`nsgflow kusto setup`: Microsoft's service finds nothing wrong, and the database parses as our parser does."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.columns import COLUMNS, single_columns
from nsgflow_core.formats import parse
from nsgflow_core.stores.kusto.setup.script import setup_script
from nsgflow_core.words.vocabulary import protocol_name
from tests.estates.records import nsg_record, vnet_record, whole_blob
from tests.formats.test_tuples import ADDRESSES, COUNTERS, GOOD, PORTS, TIMES
from tests.parts.kql.checker import check_queries
from tests.parts.kql.database import commands, tuples_of

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
KUSTO_TYPES = {"text": {"string"}, "number": {"int", "long"}, "time": {"datetime"}}
BAD = (".create-nothing table T (a: string)", ".create-merge table T (a: strong)")


def test_every_command_is_accepted_by_microsofts_language_service():
    tables = ("Flows", "FlowsHourly", "FlowTuples", "FlowTuplesOfBlobs()", "FlowLogProblems()", "NoTable")
    made = [f"{setup_script().splitlines()[0]}\n{commands()[0]}", *commands()]
    checked = check_queries({name: name for name in tables}, {}, [*made, *BAD])
    wrong = ["NoTable", *(f"commands {len(made) + at}" for at in range(len(BAD)))]
    assert [name for name, found in checked.items() if found.diagnostics] == wrong
    flows = dict(column.rsplit(":", 1) for column in checked["Flows"].columns)
    assert set(flows) == {*single_columns(), "nsg_id", "blob", "place", "rejected"}
    assert not {name for name, column in single_columns().items() if flows[name] not in KUSTO_TYPES[column.answered]}
    assert checked["FlowTuplesOfBlobs()"].columns == checked["FlowTuples"].columns  # an update policy needs that


SIX = (
    "::1", "::", "fd00:10:1:2::5", "FD00:0:0:1::", "2001:db8::1:0:0:1", "2001:0db8:0000:0000:0001:0000:0000:0001",
    "1:0:0:2:0:0:0:3", "0:1:0:0:2:0:0:3", "::ffff:10.1.2.3", "::ffff:a01:203", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::",
    "fe80::10:0:0:10", "0:0:1::", "a:0:b:0:c:0:d:0", "1::2::3", ":1", "12345::", "fd00::/64", "1:2:3:4:5:6:7:8:9",
)  # fmt: skip
PROTOCOLS = ("T", "U", "6", "17", "1", "47", "50", "51", "58", "132", "0", "255", "256", "06", "t", "TCP", "-6")
WORDS = ("I", "O", "A", "D", "B", "C", "E", "X", "NX", "NX_HW_NOT_SUPPORTED", "i", "Inbound", "no word", "é", "a" * 65)
RULES = ("UserRule_web", "defaultrule_DenyAllInBound", "PlatformRule", "Unspecified", "AllowVnetInBound", "AdminX", "")
ACLS = (
    "00000000-0000-0000-0000-000000000000",
    "0" * 32,
    "guid",
    "",
    "/subscriptions/s/networkSecurityGroups/Web/",
    "/x/NETWORKSECURITYGROUPS/W",
    "/x/networkManagers/m",
)


def odd_tuples(version: int) -> list[str]:
    """The good tuple, cut at each field, with each field empty, and with every odd value at its place."""
    fields = GOOD[version].split(",")
    lines = [",".join(fields[:at]) for at in range(len(fields) + 1)] + [GOOD[version] + ",", GOOD[version][:-1]]
    values = {0: TIMES, 1: ADDRESSES, 2: SIX, 3: PORTS, 5: PROTOCOLS, 6: WORDS, 7: WORDS, 8: WORDS, 9: COUNTERS}
    for at in range(len(fields)):
        lines += [",".join([*fields[:at], value, *fields[at + 1 :]]) for value in ("", *values.get(at, ()))]
    return [line for line in lines if "\x00" not in line]  # which DuckDB's text cannot hold


def odd_records() -> list[object]:
    records = [nsg_record(2, [GOOD[2], None, 5, ["x"]]), nsg_record(2, []), {"properties": {}}, {"time": "x"}]
    records += [nsg_record(version, [GOOD[1], GOOD[2]]) for version in (1, "2", 2.0, "1.0", None, 3, 2.5, "x")]
    records += [vnet_record([GOOD[4]], rule=rule, acl=acl) for rule in RULES for acl in ACLS]
    macs = ("00-0d-3a-98-82-ce", "00:0D:3A:98:82:CE", "no mac", "")
    return records + [vnet_record([GOOD[4]], macAddress=mac) for mac in macs]


BLOBS: dict[str, bytes] = {
    name: (GOLDEN / name).read_bytes() for name in ("nsg-v1.json", "nsg-v2.json", "vnet-v4.json")
}
BLOBS |= {
    f"odd tuples, version {version}": whole_blob([nsg_record(version, odd_tuples(version))]) for version in (1, 2)
}
BLOBS |= {"odd tuples, version 4": whole_blob([vnet_record(odd_tuples(4))]), "odd records": whole_blob(odd_records())}


@pytest.fixture(scope="module")
def made() -> pd.DataFrame:
    """What the database makes of the blobs."""
    return tuples_of({name: json.loads(blob)["records"] for name, blob in BLOBS.items()})


@pytest.mark.parametrize("name", BLOBS)
def test_the_database_parses_tuple_for_tuple_as_our_parser_does(made, name):
    """The same tuples, value for value, and the same reasons for those that cannot be taken."""
    parts = list(parse(BLOBS[name], at_start=True))
    ours = pd.concat([part.flows.to_pandas() for part in parts], ignore_index=True)
    ours["protocol"] = ours["protocol"].map(protocol_name)
    theirs = made[made["blob"] == name]
    taken = theirs["rejected"] == ""
    assert len(ours) > 5
    pd.testing.assert_frame_equal(in_order(ours), in_order(theirs[taken]))
    assert Counter(theirs.loc[~taken, "rejected"]) == sum((Counter(part.rejected) for part in parts), Counter())
    assert theirs["place"].is_unique


def test_a_blob_that_grew_has_its_tuples_at_their_places(made):
    """So that the view keeps each once, however often its blob is written."""
    records = json.loads(BLOBS["vnet-v4.json"])["records"]
    before = tuples_of({"vnet-v4.json": records[:1]}).set_index("place")
    after = made[made["blob"] == "vnet-v4.json"].set_index("place")
    assert 0 < len(before) < len(after)
    pd.testing.assert_frame_equal(before.sort_index(), after.loc[before.index].sort_index(), check_dtype=False)


def in_order(flows: pd.DataFrame) -> pd.DataFrame:
    """The canonical columns as text, in one order."""
    columns = {column.single.name: column for column in COLUMNS.values() if column.single}
    told = pd.DataFrame({"time": pd.to_datetime(flows["time"], utc=True).astype("datetime64[us, UTC]")})
    for name, column in columns.items():
        if name != "time":
            told[name] = flows[name].astype("Int64" if column.answered == "number" else "str")
    return told.astype("str").sort_values(list(columns)).reset_index(drop=True)


def test_the_command_prints_or_writes_the_script_with_the_days_that_are_kept(capsys, tmp_path):
    words = ["kusto", "setup", "--days", "30", "--hourly-days", "60"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert printed == setup_script(30, 60) + "\n"
    assert main([*words, "-o", str(tmp_path / "setup.kql")]) == 0
    assert (tmp_path / "setup.kql").read_text() == printed
    kept = [line for line in printed.splitlines() if "view Flows" in line and "retention" in line]
    assert ["softdelete = 30d" in kept[0], "softdelete = 60d" in kept[1]] == [True, True]
