"""The compiled pass and the careful way give the same rows, rejections and ends, whatever the bytes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.errors import FormatError
from nsgflow_core.formats import parse
from nsgflow_core.formats.coded.rows import COUNTERS
from nsgflow_core.formats.compiled.using import CompiledPass, StopReason, compiled_pass
from nsgflow_core.formats.framing import records, scan
from nsgflow_core.formats.gathering import Gathered, Gathering
from tests.conftest import ROOT
from tests.estates.records import ACL, LINE, nsg_record, vnet_record, whole_blob
from tests.formats.hostile import HEAD, SHAPES

pytest.importorskip("numba")
Outcome = tuple[Counter[object], dict[str, int], int, list[int]] | str

TIMES = ["1764064800", "1764064800123", "0001764064800", "946684799", "9214646400000", "", "-1", "99999999999", "1e9"]
ADDRESSES = [
    *("10.1.1.4", "0.0.0.0", "255.255.255.255", "10.0.0.256", "10.0.0.04", "10.0.0", "10.0.0.4.", "1.2.3.4.5", ""),
    *("::", "fd00::1", "FD00:0:0::4", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::"),
    *("::ffff:a01:104", "::ffff:10.1.1.4", "1::2::3", ":1::2", "1:2:3:4:5:6:7", "12345::", "1:::2", "fe80::1%eth0"),
    *("g::1", "::1:", "00001::", "::1", "1::", "1:2:3:4:5:6:7:8:9", "0:0:0:0:0:0:0:0", "1:2::4:5:6:7:8"),
    "1::3:4:5:6:7:8",
]  # fmt: skip
PORTS = ["0", "443", "00080", "65535", "65536", "", "-1", "999999", "4 43"]
STATES = ["B", "C", "E", "D", "", "b", "BB"]
COUNTERS_WRITTEN = ["", "0", "17", "007", "9" * 15, "1" + "0" * 15, "9223372036854775807", "9" * 19, "-5", "1.0", " 1"]
ENCRYPTIONS = ["NX", "X", "", "NX_HW_NOT_SUPPORTED", "N X", "é", "a" * 64, "a" * 65]


@pytest.fixture(scope="module")
def quick() -> CompiledPass:
    found = compiled_pass(1 << 14)
    assert found is not None
    return found


def careful(blob: bytes, *, at_start: bool = True) -> Outcome:
    rows: Counter[object] = Counter()
    rejected: Counter[str] = Counter()
    end, large = 0, []
    try:
        for part in parse(blob, at_start=at_start):
            for row in part.flows.to_pylist():
                row["time"] = row["time"].replace(tzinfo=None)
                rows[tuple(row[name] for name in sorted(row))] += 1
            rejected.update(part.rejected)
            end = part.consumed
            large += [record.start for record in part.too_large]
    except FormatError as refused:
        return refused.message
    return rows, dict(rejected), end, large


def gathered(blob: bytes, quick: CompiledPass | None, *, at_start: bool = True) -> Outcome:
    gathering = Gathering(lambda: quick)
    rows: Counter[object] = Counter()
    rejected: Counter[str] = Counter()
    end, large = 0, []
    try:
        for step in gathering.read(blob, 3, at_start=at_start):
            end = step.end
            large += [record.start for record in step.too_large]
            if step.is_full:
                _count(gathering.taken_away(), rows, rejected)
    except FormatError as refused:
        return refused.message
    _count(gathering.taken_away(), rows, rejected)
    return rows, dict(rejected), end, large


def _count(found: Gathered, rows: Counter[object], rejected: Counter[str]) -> None:
    rows.update(rows_of(found))
    rejected.update(found.rejected.get(3, Counter()))
    assert set(found.rejected) <= {3}
    assert set(found.flows.rows.column("blob").to_pylist()) <= {3}


def rows_of(found: Gathered) -> Iterator[object]:
    flows, states = found.flows, ("", "Begin", "Continuing", "End", "Deny")
    addresses, contexts = flows.addresses.to_pylist(), flows.contexts.to_pylist()
    for coded in flows.rows.to_pylist():
        row: dict[str, Any] = {name: coded[name] for name in ("time", "src_port", "dst_port", "protocol", *COUNTERS)}
        row |= {"src_ip": addresses[coded["src"]], "dst_ip": addresses[coded["dst"]]}
        row |= {"flow_state": states[coded["state"]], **contexts[coded["context"]]}
        yield tuple(row[name] for name in sorted(row))
    used = flows.rows.column("src").to_pylist() + flows.rows.column("dst").to_pylist()
    assert {*used} == {*range(len(addresses))}, "rejected tuples leave no words behind"


def same(blob: bytes, quick: CompiledPass, *, at_start: bool = True) -> Outcome:
    expected = careful(blob, at_start=at_start)
    assert gathered(blob, None, at_start=at_start) == expected
    assert gathered(blob, quick, at_start=at_start) == expected
    return expected


def line(chance: random.Random, version: int, odds: float) -> str:
    """A tuple of which about one field in 1 / odds is unusual or wrong."""

    def pick(usual: list[str], every: list[str]) -> str:
        return chance.choice(every if chance.random() < odds else usual)

    fields = [pick(TIMES[:2], TIMES), *(pick(["10.1.1.4", "fd00::1", "10.2.0.9"], ADDRESSES) for _ in range(2))]
    fields += [pick(["443", "50000"], PORTS) for _ in range(2)]
    fields += [pick(["6", "17"] if version == 4 else ["T", "U"], ["6", "17", "T", "255", "256", "06", "t", ""])]
    fields += [pick(["I", "O"], ["I", "O", "i", "", "IO"])]
    if version == 4:
        fields += [pick(["B", "C", "E", "D"], STATES), pick(["NX", "X"], ENCRYPTIONS)]
    else:
        fields += [pick(["A", "D"], ["A", "D", "a", ""])]
        fields += [pick(["B", "C", "E"], STATES)] if version == 2 else []
    if version != 1:
        fields += [pick(["0", "17", ""], COUNTERS_WRITTEN) for _ in range(4)]
    if chance.random() < odds / 4:
        fields.append("")
    return ",".join(fields)


def some_record(chance: random.Random, odds: float) -> dict[str, Any]:
    version: Any = chance.choice([4, 4, 2, 2, 1])
    lines: list[Any] = [line(chance, version, odds) for _ in range(chance.randrange(5))]
    if chance.random() < odds:
        lines.append(chance.choice([None, 5, {}, "", LINE]))
    rule = chance.choice(["UserRule_App", "DefaultRule_DenyAllInBound", "PlatformRule", "unspecified"])
    if chance.random() < odds:
        rule = chance.choice(["", "Blöck", 'a"b', "a\\b", "n" * 5000])
    if version == 4:
        record = vnet_record(lines, rule=rule, acl=chance.choice([ACL, ACL.replace("4", "5"), ""] if odds else [ACL]))
        return _odd_record(chance, record, "flowRecords", odds)
    if chance.random() < odds:
        version = chance.choice([None, "2", 2.0, True, 3, 10])
    record = nsg_record(version, lines, rule=rule, key="resourceId" if chance.random() > odds else "resourceid")
    if chance.random() >= odds:  # as Azure orders them
        record["properties"] = dict(reversed(record["properties"].items()))
    return _odd_record(chance, record, "properties", odds)


def _odd_record(chance: random.Random, record: dict[str, Any], holder: str, odds: float) -> dict[str, Any]:
    """The same, perhaps with a key too few, too many, in another casing, or in another order."""
    if chance.random() < odds:
        record.pop(chance.choice(list(record)))
    if chance.random() < odds:
        key = chance.choice(["macAddress", "MACADDRESS", "flowRecords", "properties", "more", "flows"])
        record[key] = chance.choice(["", "x", 4, -4, None, True, {}, {"flows": []}, []])
    if chance.random() < odds:
        keys = list(record)
        chance.shuffle(keys)
        record = {key: record[key] for key in keys}
    if chance.random() < odds and isinstance(record.get(holder), dict) and record[holder].get("flows"):
        entry = chance.choice(record[holder]["flows"])
        chance.choice([entry, record[holder]])[chance.choice(["rule", "aclID", "mac", "x", "flows"])] = chance.choice(
            ["y", 1, [], [{}]]
        )
    return record


def blob_of(chance: random.Random, odds: float) -> bytes:
    found = [some_record(chance, odds) for _ in range(chance.randrange(1, 9))]
    separators = (",", ":") if chance.random() > odds else chance.choice([(", ", ": "), (" ,\n", ":\t")])
    content = json.dumps({"records": found}, separators=separators, ensure_ascii=chance.random() < 0.5).encode()
    return content.replace(b'": [', b'":[', 1).replace(b'":\t[', b'":[', 1)


def torn(chance: random.Random, content: bytes) -> bytes:
    """With some bytes lost, changed, doubled or cut off."""
    for _ in range(chance.randrange(1, 4)):
        at, size = chance.randrange(len(content)), chance.choice([1, 1, 3, 40, 400])
        new = chance.choice([b"", b'"', b"{", b"}", b"]", b",", b"\\", b"\0", b"\xff", b"#", content[at : at + 90]])
        content = content[:at] + new + content[at + size :]
        if len(content) < 2:
            return HEAD
    return content[: chance.randrange(len(content))] if chance.random() < 0.2 else content


def test_the_compiled_pass_takes_what_azure_writes(quick: CompiledPass) -> None:
    chance = random.Random(1)
    plain = [some_record(chance, 0) for _ in range(50)]
    blob = whole_blob(plain)
    at = len(HEAD)
    end, stopped = quick.read(blob, at, 0)
    assert (end, stopped, quick.rows) == (len(blob) - 2, StopReason.OVER, sum(careful(blob)[0].values()))  # type: ignore[union-attr]
    quick.taken_away()
    same(blob, quick)


@pytest.mark.parametrize("odds", [0.0, 0.03, 0.3])
def test_sound_and_odd_blobs(quick: CompiledPass, odds: float) -> None:
    for seed in range(120):
        content = blob_of(random.Random(seed), odds)
        same(content, quick)
        same(content.removeprefix(HEAD), quick, at_start=False)


def test_torn_blobs(quick: CompiledPass, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(400):
        chance = random.Random(seed)
        content = torn(chance, blob_of(chance, chance.choice([0.0, 0.05])))
        monkeypatch.setattr(records, "CHUNK", chance.choice([300, 3000, 8 << 20]))
        monkeypatch.setattr(scan, "RECORD_LIMIT", chance.choice([700, 32 << 20]))
        same(content, quick)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_hostile_bytes(quick: CompiledPass, shape: Any) -> None:
    content = shape(1 << 12)
    same(content, quick)
    same(content.removeprefix(HEAD), quick, at_start=False)


def test_every_field_in_every_spelling(quick: CompiledPass) -> None:
    for seed in range(60):
        chance = random.Random(seed)
        lines = [line(chance, 4, 0.15) for _ in range(40)]
        same(whole_blob([vnet_record([each]) for each in lines]), quick)
        lines = [line(chance, 2, 0.15) for _ in range(40)]
        same(whole_blob([nsg_record(2, [each]) for each in lines]), quick)


def test_without_a_place_for_machine_code_there_is_no_pass(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    asked = "from nsgflow_core.formats.compiled.using import compiled_pass; print(compiled_pass(9))"
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "file"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", asked], env=surroundings, capture_output=True, text=True, check=True)
    assert done.stdout == "None\n" or sys.platform != "linux"


def test_full_tables_are_emptied_in_between() -> None:
    small = compiled_pass(40)
    assert small is not None
    blob = whole_blob([vnet_record([LINE] * size, rule=f"UserRule_{size}") for size in (30, 30, 50, 5, 39, 40, 41, 3)])
    same(blob, small)


def test_what_the_pass_met_before_is_taken_again_only_where_it_is_the_same(quick: CompiledPass) -> None:
    """It knows addresses, keys, encryptions and the front of a record by their letters: one changed byte tells."""
    record = whole_blob([vnet_record([LINE])])[len(HEAD) : -2]
    fronts = record.index(b'"flowRecords"')
    again = b",".join([record] * 3)
    for at in range(len(record)):
        for new in (b"", b"\0", b"\0\0\0", b"0", b"x", b",", b'"', b" ", b":", record[at : at + 1] * 2):
            if at < fronts or b"\0" in new or at % 3 == 0:
                changed = record[:at] + new + record[at + 1 :]
                expected = careful(HEAD + again + b"," + changed + b"," + record + b"]}")
                assert gathered(HEAD + again + b"," + changed + b"," + record + b"]}", quick) == expected, changed


@pytest.mark.parametrize(
    "front", [{"macAddress": "000D3A000099"}, {"targetResourceID": "/x/y"}, {"macAddress": ""}, {}]
)
def test_a_record_has_its_own_names_whatever_the_one_before_had(quick: CompiledPass, front: dict[str, str]) -> None:
    usual = vnet_record([LINE])
    bare = {key: usual[key] for key in usual if key not in ("macAddress", "targetResourceID")}
    for other in (usual | front, {**front, **bare}, {**bare, **front}, dict(reversed(usual.items()))):
        assert not isinstance(same(whole_blob([usual, other, usual, usual, other]), quick), str)
