"""The flows of a blob, the slow and obvious way: json and split, one tuple after another.

No pyarrow, no orjson, no numpy, and nothing of nsgflow_core: it is written from the documents' field tables
(Microsoft Learn, "NSG flow logs overview", "Virtual network flow logs overview") and from the design's section 3.
A row is a dict with the keys of FLOW_SCHEMA and plain values: `time` a UTC datetime, `protocol` and ports int,
counters int or None, everything else text.

`parse_whole` reads an undamaged blob, `parse_records` records that are already taken out of it; `whole_records` finds
the whole ones in a blob that is cut off.
"""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DEFAULT_RULES = [
    "allowvnetinbound",
    "allowazureloadbalancerinbound",
    "denyallinbound",
    "allowvnetoutbound",
    "allowinternetoutbound",
    "denyalloutbound",
]
STATES = {"B": "Begin", "C": "Continuing", "E": "End"}
PROTOCOLS = {str(number) for number in range(256)}
ZERO = "00000000-0000-0000-0000-000000000000"


class RejectedTupleError(Exception):
    """This tuple cannot be taken, for the reason it carries."""


def parse_whole(blob: bytes) -> tuple[list[Row], Counter[str]]:
    """Rows and rejections of an undamaged blob."""
    return parse_records(json.loads(blob.decode("utf-8-sig"))["records"])


def parse_records(records: list[Any]) -> tuple[list[Row], Counter[str]]:
    """Rows and rejections of whole records, in the order in which they are written."""
    rows: list[Row] = []
    rejected: Counter[str] = Counter()
    for record in records:
        for context, version, lines in groups_of(record, rejected):
            for line in lines:
                try:
                    rows.append(row_of(line, version, context))
                except RejectedTupleError as why:
                    rejected[str(why)] += 1
    return rows, rejected


def look(record: object, key: str) -> Any:
    """The value of a key in any casing, the exact one first; None when there is none."""
    if not isinstance(record, dict):
        return None
    if key in record:
        return record[key]
    for name in record:
        if name.lower() == key.lower():
            return record[name]
    return None


def word(record: object, key: str) -> str:
    found = look(record, key)
    return found.replace("\0", "␀") if isinstance(found, str) else ""


def groups_of(record: object, rejected: Counter[str]):
    """(context, version, tuples) of every group of a record."""
    vnet, nsg = look(record, "flowRecords"), look(record, "properties")
    if isinstance(vnet, dict):
        yield from vnet_groups(record, vnet, rejected)
    elif isinstance(nsg, dict):
        yield from nsg_groups(record, nsg, rejected)
    else:
        rejected["record without flows"] += 1


def vnet_groups(record: object, body: dict[str, Any], rejected: Counter[str]):
    if not isinstance(look(body, "flows"), list):
        rejected["record without flows"] += 1
        return
    for flow in look(body, "flows"):
        if not isinstance(look(flow, "flowGroups"), list):
            rejected["flows without tuples"] += 1
            continue
        for group in look(flow, "flowGroups"):
            if not isinstance(look(group, "flowTuples"), list):
                rejected["flows without tuples"] += 1
                continue
            context = {
                "log_kind": "VNet",
                "nsg_id": word(flow, "aclID"),
                "rule": word(group, "rule"),
                "mac": word(record, "macAddress"),
                "target": word(record, "targetResourceID"),
            }
            yield context, 4, look(group, "flowTuples")


def nsg_groups(record: object, body: dict[str, Any], rejected: Counter[str]):
    if not isinstance(look(body, "flows"), list):
        rejected["record without flows"] += 1
        return
    for entry in look(body, "flows"):
        if not isinstance(look(entry, "flows"), list):
            rejected["flows without tuples"] += 1
            continue
        for flow in look(entry, "flows"):
            if not isinstance(look(flow, "flowTuples"), list):
                rejected["flows without tuples"] += 1
                continue
            context = {
                "log_kind": "NSG",
                "nsg_id": word(record, "resourceId"),
                "rule": word(entry, "rule"),
                "mac": word(flow, "mac"),
                "target": word(record, "resourceId"),
            }
            yield context, look(body, "Version"), look(flow, "flowTuples")


def row_of(line: object, version: object, context: dict[str, str]) -> Row:
    """One tuple as a canonical row. Raises RejectedTupleError."""
    if context["log_kind"] == "NSG" and version is not None and not is_version(version):
        raise RejectedTupleError("unknown version")
    for key, reason in (("nsg_id", "no NSG"), ("rule", "no rule"), ("mac", "no MAC address")):
        if context[key] == "":
            raise RejectedTupleError(reason)
    if not isinstance(line, str):
        raise RejectedTupleError("not text")
    parts = line.split(",")
    widths = {"1": [8], "2": [13], "4": [13], "N": [8, 13]}[str(version)[0]]
    if len(parts) not in widths:
        raise RejectedTupleError("wrong number of fields")
    row = {
        "time": moment(parts[0]),
        "src_ip": address(parts[1]),
        "dst_ip": address(parts[2]),
        "src_port": port(parts[3]),
        "dst_port": port(parts[4]),
        "protocol": protocol(parts[5], context["log_kind"]),
        "direction": code(parts[6], {"I": "Inbound", "O": "Outbound"}, "bad direction"),
        "flow_state": "",
        "encryption": "",
    }
    counters = ["", "", "", ""]
    if context["log_kind"] == "VNet":
        row["flow_state"] = code(parts[7], STATES | {"D": "Deny"}, "bad state")
        row["decision"] = "Denied" if parts[7] == "D" else "Allowed"
        row["encryption"] = encryption(parts[8])
        counters = parts[9:]
    else:
        row["decision"] = code(parts[7], {"A": "Allowed", "D": "Denied"}, "bad decision")
        if len(parts) == 13:
            row["flow_state"] = code(parts[8], STATES, "bad state")
            counters = parts[9:]
    names = ("src_to_dst_packets", "src_to_dst_bytes", "dst_to_src_packets", "dst_to_src_bytes")
    row.update({name: counter(text) for name, text in zip(names, counters, strict=True)})
    row.update(shared(context))
    return row


def is_version(version: object) -> bool:
    """1 or 2, as a number or a text of it."""
    return repr(version).strip("'") in ("1", "2", "1.0", "2.0")


def shared(context: dict[str, str]) -> Row:
    """The columns that all tuples of a group share."""
    rule, low = context["rule"], context["rule"].lower()
    if low.startswith("userrule_"):
        name, kind = rule[9:], "User"
    elif low.startswith("defaultrule_"):
        name, kind = rule[12:], "Default"
    elif low in ("unspecified", "unspecifiedrule"):
        name, kind = rule, "Unspecified"
    elif low == "platformrule" or context["nsg_id"] == ZERO:
        name, kind = rule, "Platform"
    elif low in DEFAULT_RULES:
        name, kind = rule, "Default"
    else:
        is_nsg = context["log_kind"] == "NSG" or "/networksecuritygroups/" in context["nsg_id"].lower()
        name, kind = rule, "User" if is_nsg else "Admin"
    segments = context["nsg_id"].split("/")
    while len(segments) > 1 and segments[-1] == "":
        segments.pop()
    digits = "".join(letter for letter in context["mac"].upper() if letter not in ":-.")
    is_mac = len(digits) == 12 and all(digit in "0123456789ABCDEF" for digit in digits)
    return {
        "nsg_id": context["nsg_id"],
        "nsg": segments[-1],
        "rule": name,
        "rule_kind": kind,
        "mac": digits if is_mac else context["mac"],
        "target": context["target"],
        "log_kind": context["log_kind"],
    }


def whole_number(text: str, reason: str) -> int:
    if text == "" or any(letter not in "0123456789" for letter in text):
        raise RejectedTupleError(reason)
    digits = text.lstrip("0") or "0"
    if len(digits) > 30:
        raise RejectedTupleError(reason)
    return int(digits)


def moment(text: str) -> datetime:
    number = whole_number(text, "bad time")
    milliseconds = number * 1000 if number < 100_000_000_000 else number
    if milliseconds > 10**14:
        raise RejectedTupleError("bad time")
    found = EPOCH + timedelta(milliseconds=milliseconds)
    if not 2000 <= found.year < 2262:
        raise RejectedTupleError("bad time")
    return found


def address(text: str) -> str:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise RejectedTupleError("bad address") from None
    if "%" in text:
        raise RejectedTupleError("bad address")
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def port(text: str) -> int:
    number = whole_number(text, "bad port")
    if number > 65535:
        raise RejectedTupleError("bad port")
    return number


def protocol(text: str, log_kind: str) -> int:
    letters = {"T": 6, "U": 17}
    if text in letters:
        return letters[text]
    if log_kind == "NSG" or text not in PROTOCOLS:
        raise RejectedTupleError("bad protocol")
    return int(text)


def code(text: str, codes: dict[str, str], reason: str) -> str:
    if text not in codes:
        raise RejectedTupleError(reason)
    return codes[text]


def encryption(text: str) -> str:
    if any(not (letter.isascii() and (letter.isalnum() or letter == "_")) for letter in text):
        raise RejectedTupleError("bad encryption")
    return text.upper()


def counter(text: str) -> int | None:
    if text == "":
        return None
    number = whole_number(text, "bad counter")
    if number >= 10**15:
        raise RejectedTupleError("bad counter")
    return number


def whole_records(blob: bytes, *, at_start: bool) -> tuple[list[Any], int]:
    """The whole records of an undamaged but perhaps cut blob (or delta), and the byte where they end.

    A plain value (no object, list) at the very end may still go on, so it is not whole.
    """
    text = blob.decode("latin-1")  # one character a byte, so that places in the text are places in the bytes
    decoder = json.JSONDecoder()
    position = end = text.index("[", text.index('"records"')) + 1 if at_start else 0
    records = []
    while position < len(text):
        if text[position] in ", \t\r\n":
            position += 1
            continue
        try:
            _, stop = decoder.raw_decode(text, position)
        except ValueError:
            break
        if text[position] not in "{[" and stop == len(text):
            break
        records.append(json.loads(blob[position:stop]))
        position = end = stop
    return records, end
