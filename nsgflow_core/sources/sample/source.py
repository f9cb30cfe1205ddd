"""The sample estate as a source: what everyone sees first, without an Azure account. docs/sample.md tells its story.

A hub and three spokes, one week of flow logs in all three formats, made up from tables: `estate` (topology), `nsgs`
(rules), `services` (who talks to whom), `policy` (what the rules decide), `traffic` (connections in time), `logs`
(blobs), `exports` (what the Azure CLI would list).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from nsgflow_core.errors import SourceDenied, SourceMissing
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.base import BlobInfo, Cursor, LogOverview, Place, describe_path, overlaps, summarize_logs
from nsgflow_core.sources.fingerprint import AROUND_THE_END, TAIL, ReadPart, Whole, head_of, is_unchanged, whole_for
from nsgflow_core.sources.sample import names
from nsgflow_core.sources.sample.exports import sample_nsg_names, sample_nsgs, sample_vnets
from nsgflow_core.sources.sample.logs import write_logs
from nsgflow_core.sources.sample.settings import sample_flow_logs, sample_log_places
from nsgflow_core.sources.sample.traffic import SampleConnection, sample_connections
from nsgflow_core.words.visible import written_path

__all__ = [
    "SampleConnection",
    "SampleSource",
    "sample_connections",
    "sample_fingerprint",
    "sample_inventory",
    "sample_named_inventory",
    "sample_nsg_names",
    "sample_nsgs",
    "sample_subnets",
    "sample_vnets",
    "write_sample",
]

LOGS_FOLDER = "flow-logs"
SUBNETS_FILE, NSGS_FILE, NSG_NAMES_FILE = "vnets.json", "nsgs.json", "nsg-names.json"
FLOW_LOGS_FILE = "flow-log-list.json"


def sample_fingerprint() -> str:
    """Of the code that makes the sample: a sample of an older version is written again."""
    content = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(content).hexdigest()[:16]


class SampleSource:
    """The sample estate's blobs. They are the same in every process, so a second import reads nothing."""

    def __repr__(self) -> str:
        return "SampleSource()"

    @property
    def name(self) -> str:
        """Short words for people."""
        return "Sample estate"

    @property
    def place(self) -> Place:
        """The word that names it."""
        return Place("sample")

    def blobs(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[BlobInfo]:
        """The blobs whose hour overlaps [since, until), sorted by location."""
        return (blob for blob in _listing() if overlaps(blob.hour, since, until))

    def overview(self, since: datetime | None = None, until: datetime | None = None) -> list[LogOverview]:
        """What is there, per log."""
        return summarize_logs(self.blobs(since, until))

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> ReadPart | None:
        """What is new in a blob since the cursor, which may come from a written copy; None when nothing is."""
        whole = _blobs().get(blob.location)
        if whole is None:
            raise SourceMissing(f"The sample estate has no {blob.location}.", "List its blobs again.")
        if cursor is None:
            return ReadPart(data=whole, offset=0, etag=_etag(whole), whole=Whole())
        if cursor.etag == _etag(whole):
            return None
        before = whole[: cursor.offset]
        hashed = whole_for(cursor.fingerprint)
        if hashed is not None:
            hashed.update(before)
        if cursor.offset and len(before) == cursor.offset and is_unchanged(cursor.fingerprint, before, hashed):
            fresh = whole[cursor.offset :]
            if not fresh.strip(AROUND_THE_END):
                return None
            head = head_of(whole, cursor.offset)
            return ReadPart(fresh, cursor.offset, _etag(whole), before=before[-TAIL:], whole=hashed, head=head)
        return ReadPart(data=whole, offset=0, etag=_etag(whole), whole=Whole())


@cache
def sample_inventory() -> Inventory:
    """What the sample estate's network is: its VNets, NSGs, their names, and how its flow logs are set up."""
    return read(each for each in _files() if each[0] in (SUBNETS_FILE, NSGS_FILE, NSG_NAMES_FILE, FLOW_LOGS_FILE))


@cache
def sample_named_inventory() -> Inventory:
    """All that `write_sample` writes: with the machines, gateways, tags and places that name addresses."""
    return read(_files())


def sample_subnets() -> SubnetMap:
    """The sample estate's named subnets and address space."""
    return sample_inventory().subnet_map


def write_sample(folder: Path | str) -> int:
    """Write the sample as files; returns how many blobs were written. Raises SourceDenied when it cannot write.

    `flow-logs` holds the two containers as a copied storage account would lie on disk, and nothing else, so that
    importing that folder meets flow logs only. Beside it: vnets.json (the subnet map), nsgs.json (the rules),
    nsg-names.json (the names of the ACLs), flow-log-list.json (how the flow logs are set up, and where they go), and
    what names addresses: nics.json, vms.json, local-gateways.json, service-tags.json and whereabouts.mmdb.
    """
    root = written_path(folder)
    try:
        for location, whole in _blobs().items():
            path = root / LOGS_FOLDER / location
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, whole)
        for name, content in _files():
            _write(root / name, content)
    except OSError as failure:
        raise SourceDenied(
            f"The sample cannot be written to {root}: {failure.strerror or 'not a usable path'}.",
            "Name a folder that you may write to, on a disk with 100 MB free.",
        ) from None
    return len(_blobs())


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: half a log would be read as one that was cut short. Raises OSError."""
    new = path.with_name(f"{path.name}.part")
    try:
        new.write_bytes(content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _files() -> Iterator[tuple[str, bytes]]:
    """What lies beside the flow logs: name and content."""
    described: dict[str, Any] = {
        SUBNETS_FILE: sample_vnets(),
        NSGS_FILE: sample_nsgs(),
        NSG_NAMES_FILE: sample_nsg_names(),
        FLOW_LOGS_FILE: [*sample_flow_logs(), *sample_log_places()],
        names.NICS_FILE: names.sample_nics(),
        names.VMS_FILE: names.sample_vms(),
        names.GATEWAYS_FILE: names.sample_gateways(),
        names.TAGS_FILE: names.sample_tags(),
    }
    for name, content in described.items():
        yield name, f"{json.dumps(content, indent=2)}\n".encode()
    yield names.DATABASE_FILE, names.sample_database()


@cache
def _blobs() -> dict[str, bytes]:
    """Location -> bytes, made once in a process (about 60 MB; a second or so)."""
    return write_logs(sample_connections())


@cache
def _listing() -> tuple[BlobInfo, ...]:
    return tuple(_describe(location, whole) for location, whole in _blobs().items())


def _describe(location: str, whole: bytes) -> BlobInfo:
    name, resource, mac, hour = describe_path(location)
    return BlobInfo(name, location, len(whole), _etag(whole), location.partition("/")[0], resource, mac, hour)


def _etag(whole: bytes) -> str:
    return hashlib.blake2b(whole, digest_size=8).hexdigest()
