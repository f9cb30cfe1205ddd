"""One bad tuple among good ones: its own reason, and its neighbours untouched, whatever is wrong with it."""

import pytest

from nsgflow_core.formats import parse
from tests.estates.records import nsg_record, vnet_record, whole_blob

GOOD = {
    1: "1764064800,10.1.1.4,10.1.2.5,50001,5432,T,I,A",
    2: "1764064800,10.1.1.4,10.1.2.5,50001,5432,T,I,A,E,5,500,4,2000",
    4: "1764064800000,10.1.1.4,10.1.2.5,50001,5432,6,I,E,NX,5,500,4,2000",
}
PORTS = [
    "",
    "65536",
    "-1",
    "-0",
    "+5",
    " 80",
    "80 ",
    "80\t",
    "0x50",
    "0X50",
    "8e1",
    "80.0",
    "\u0663",
    "9" * 20,
    "9" * 5000,
    "null",
]
ADDRESSES = [
    "",
    "10.0.0",
    "10.0.0.256",
    "10.0.0.04",
    "fd00::g",
    "fe80::1%eth0",
    "10.0.0.4 ",
    "10.0.0.4\x00",
    "\u0661.1.1.1",
    '"10.0.0.4"',
]
TIMES = [
    "",
    "0",
    "-1",
    "1764064800.5",
    "99999999999",
    "946684799",
    "946684799999",
    "9214646400",
    "9214646400000",
    "9" * 25,
    "0x69259B90",
    "1764064800 ",
    "\ufeff1764064800",
]
COUNTERS = [
    "-0",
    "-5",
    "+5",
    "1000000000000000",
    "9223372036854775807",
    "9223372036854775808",
    "1.0",
    "0x1F",
    "0X1F",
    "5\r",
    " ",
    "\t5",
    "NaN",
    "null",
    "1" * 5000,
    "five",
]
CASES = {
    "bad time": ([0], TIMES),
    "bad address": ([1, 2], ADDRESSES),
    "bad port": ([3, 4], PORTS),
    "bad direction": ([6], ["", "i", "In", " I", "I\r", "\x00"]),
}
BY_VERSION = {
    1: CASES | {"bad protocol": ([5], ["", "t", "6", "TCP", "T "]), "bad decision": ([7], ["", "a", "B", "AD", "A\r"])},
    2: CASES
    | {
        "bad protocol": ([5], ["", "t", "6", "17"]),
        "bad decision": ([7], ["", "B"]),
        "bad state": ([8], ["", "D", "b", "X"]),
        "bad counter": ([9, 10, 11, 12], COUNTERS),
    },
    4: CASES
    | {
        "bad protocol": ([5], ["", "t", "256", "06", "-1", "TCP", "6 "]),
        "bad state": ([7], ["", "A", "b", "F"]),
        "bad encryption": ([8], ["N X", "\u00e9", "NX-OLD", '"X"', "x\x00", "NX\r"]),
        "bad counter": ([9, 10, 11, 12], COUNTERS),
    },
}
EVERY = [
    (version, place, reason, text)
    for version, cases in BY_VERSION.items()
    for reason, (places, texts) in cases.items()
    for place in places
    for text in texts
]


def read(version, lines):
    record = vnet_record(lines) if version == 4 else nsg_record(version, lines)
    (part,) = parse(whole_blob([record]), at_start=True)
    return part.flows.to_pylist(), part.rejected


def test_every_bad_value_costs_its_own_tuple_only():
    assert len(EVERY) > 300
    for version, place, reason, text in EVERY:
        fields = GOOD[version].split(",")
        (good,), none = read(version, [GOOD[version]])
        fields[place] = text
        rows, rejected = read(version, [GOOD[version], ",".join(fields), GOOD[version]])
        assert (rows, rejected, none) == ([good, good], {reason: 1}, {}), (version, place, text)


@pytest.mark.parametrize("version", [1, 2, 4])
def test_lines_of_the_wrong_shape(version):
    good = GOOD[version]
    odd = ["", ",", good + ",", good.rsplit(",", 1)[0], "\n", " ", "\ufeff", "x", good + "\n" + good, good + "," + good]
    for line in odd:
        rows, rejected = read(version, [good, line, good])
        assert (len(rows), rejected) == (2, {"wrong number of fields": 1}), line
        assert len(read(version, [line])[0]) == 0
    for thing in (None, 5, 1.5, True, [good], {"a": good}):
        rows, rejected = read(version, [good, thing, good])
        assert (len(rows), rejected) == (2, {"not text": 1}), thing


def test_line_break_in_a_tuple_shifts_nothing():
    good = GOOD[4]
    rows, rejected = read(4, [good, good + "\n", good, "\n" + good, good + "\r\n", good])
    assert len(rows) == 3
    assert rejected == {"bad counter": 2, "bad time": 1}


def test_first_bad_field_names_the_reason():
    assert read(4, ["x,y,z,a,b,c,d,e,f,g,h,i,j"])[1] == {"bad time": 1}
    assert read(4, ["1764064800000,y,z,a,b,c,d,e,f,g,h,i,j"])[1] == {"bad address": 1}


def test_spellings_that_are_taken():
    row = read(4, ["0001764064800123,::ffff:10.1.1.4,FD00:1:0::4,00080,65535,T,O,C,,,0,999999999999999,007"])[0][0]
    assert row["time"].isoformat() == "2025-11-25T10:00:00.123000+00:00"
    assert (row["src_ip"], row["dst_ip"], row["src_port"], row["dst_port"]) == ("10.1.1.4", "fd00:1::4", 80, 65535)
    assert (row["protocol"], row["flow_state"], row["encryption"]) == (6, "Continuing", "")
    counters = [
        row[name] for name in ("src_to_dst_packets", "src_to_dst_bytes", "dst_to_src_packets", "dst_to_src_bytes")
    ]
    assert counters == [None, 0, 10**15 - 1, 7]


def test_two_spellings_of_an_address_are_one_word():
    lines = [GOOD[4], GOOD[4].replace("10.1.1.4", "::ffff:10.1.1.4")]
    (part,) = parse(whole_blob([vnet_record(lines)]), at_start=True)
    assert part.flows.column("src_ip").chunk(0).dictionary.to_pylist() == ["10.1.1.4"]


def test_rejected_tuples_leave_no_words_behind():
    lines = [GOOD[4], GOOD[4].replace("10.1.1.4", "10.9.9.9").replace("5432", "70000")]
    (part,) = parse(whole_blob([vnet_record(lines), vnet_record(["x"], rule="UserRule_Gone")]), at_start=True)
    assert part.flows.column("src_ip").chunk(0).dictionary.to_pylist() == ["10.1.1.4"]
    assert part.flows.column("rule").chunk(0).dictionary.to_pylist() == ["App"]


def test_a_rejected_tuple_in_a_big_batch_keeps_contexts_in_place():
    records = [vnet_record([GOOD[4]] * 5, rule=f"UserRule_{number}") for number in range(200)]
    records[77] = vnet_record([GOOD[4], "bad", GOOD[4].replace("10.1.1.4", "none"), GOOD[4]], rule="UserRule_77")
    (part,) = parse(whole_blob(records), at_start=True)
    expected = [str(number) for number in range(200) for _ in range(2 if number == 77 else 5)]
    assert part.flows.column("rule").to_pylist() == expected
    assert part.rejected == {"wrong number of fields": 1, "bad address": 1}
