"""A database of addresses in MaxMind's format, as a user gives it: where an address is, and whose network it is of.

Any maker's file is read that keeps to the format: countries as `country.iso_code` (MaxMind, DB-IP) or `country_code`,
networks as `autonomous_system_number` and `_organization` or as `asn` and `as_name`.
Source: "MaxMind DB File Format Specification", version 2.0 (the marker before the metadata; `database_type`).
"""

from __future__ import annotations

import base64
import binascii
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import maxminddb

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, text

_MARK = b"\xab\xcd\xefMaxMind.com"
_METADATA_AT_MOST = 128 << 10
"""From the end of the file, by the specification."""
_HINT = "Download it again, or take another maker's file in MaxMind's format (.mmdb)."


@dataclass(frozen=True, slots=True)
class AddressDatabase:
    """The file as it is, packed; `name` is its database type, as `GeoLite2-Country`, `built` the day it was made."""

    name: str
    built: str
    packed: str

    def content(self) -> bytes:
        """The bytes of the file."""
        return zlib.decompress(base64.b85decode(self.packed))


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What databases tell of an address; "" where they tell nothing."""

    country: str = ""
    """ISO 3166-1 alpha-2, in capitals."""
    asn: str = ""
    """Like `AS64500 Example Shops`: the number of its network, and who runs it."""


def is_database(content: bytes) -> bool:
    """True for the bytes of a file in MaxMind's format."""
    return _MARK in content[-_METADATA_AT_MOST:]


def read_database(content: bytes) -> AddressDatabase:
    """The database of a file. Raises BadInventory for one that is damaged."""
    try:
        with _opened(content) as database:
            told = database.metadata()
            database.get("192.0.2.1")
            next(iter(database), None)
    except (maxminddb.InvalidDatabaseError, ValueError, OSError, TypeError, KeyError, IndexError) as failure:
        raise BadInventory("The file is in MaxMind's format, but damaged.", _HINT) from failure
    packed = base64.b85encode(zlib.compress(content, 1)).decode()
    return AddressDatabase(
        str(told.database_type)[:80], f"{datetime.fromtimestamp(told.build_epoch, UTC):%Y-%m-%d}", packed
    )


def database_of(fields: Fields, _note: Note) -> AddressDatabase:
    """The database that is kept. Raises BadInventory for what was not kept by `database_fields`."""
    packed = fields.get("packed")
    try:
        whole = str(packed)
        base64.b85decode(whole[:5])
    except (ValueError, binascii.Error) as failure:
        raise BadInventory("A kept database of addresses cannot be read.", _HINT) from failure
    return AddressDatabase(text(fields, "name"), text(fields, "built"), whole)


def database_fields(database: AddressDatabase) -> dict[str, Any]:
    """The database as a resource; `database_of` reads it back equal."""
    return {"type": kinds.ADDRESS_DATABASE, "name": database.name, "built": database.built, "packed": database.packed}


class Atlas:
    """Some databases, open: the first that tells a thing is believed."""

    def __init__(self, databases: tuple[AddressDatabase, ...]) -> None:
        self._readers = [_opened(each.content()) for each in databases]

    def of(self, address: str) -> Whereabouts:
        """Where a public address is, and whose."""
        country = asn = ""
        for reader in self._readers:
            try:
                record = reader.get(address)
            except (ValueError, maxminddb.InvalidDatabaseError):
                continue  # an IPv6 address in a database of IPv4, or a damaged corner
            if isinstance(record, Mapping):
                country, asn = country or _country(record), asn or _asn(record)
        return Whereabouts(country, asn)


@lru_cache(maxsize=2)
def atlas(databases: tuple[AddressDatabase, ...]) -> Atlas:
    """These databases opened; the last few are kept open, since unpacking one takes a second."""
    return Atlas(databases)


def _opened(content: bytes) -> maxminddb.Reader:
    return maxminddb.open_database(io.BytesIO(content), maxminddb.MODE_FD)


def _country(record: Mapping[str, Any]) -> str:
    held = record.get("country") or record.get("registered_country")
    code = held.get("iso_code") if isinstance(held, Mapping) else record.get("country_code") or held
    return code.upper() if isinstance(code, str) and len(code) == 2 else ""


def _asn(record: Mapping[str, Any]) -> str:
    number = record.get("autonomous_system_number") or record.get("asn")
    owner = record.get("autonomous_system_organization") or record.get("as_name") or record.get("organization")
    digits = str(number or "").upper().removeprefix("AS")
    if not digits.isdecimal():
        return ""
    return f"AS{int(digits)} {' '.join(str(owner or '').split())[:200]}".rstrip()
