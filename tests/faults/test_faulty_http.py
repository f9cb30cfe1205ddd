"""Faulty HTTP between the real client and the emulator: one blob fails, in our words; the rest is read, in seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from nsgflow_core.errors import SourceError
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import CONTAINERS, VNET_CONTAINER
from nsgflow_core.sources.blob_storage import connecting, listing, stalls
from nsgflow_core.stores.local.store import LocalStore
from tests.intake.growing import PATH, TUPLES, blob, record
from tests.parts.azurite import Emulator, run_azurite
from tests.parts.servers.faulty_http import FaultyProxy, run_faulty_proxy
from tests.parts.servers.http_faults import BLOB_FAULTS, LIST_FAULTS, PASSING_FAULTS

FAULTS = BLOB_FAULTS | PASSING_FAULTS
MACS = {name: f"00005E0053{number:02X}" for number, name in enumerate(("sound", *FAULTS, "sound too"))}
FOREIGN_WORDS = ("Traceback", "Error", "urllib3", "requests", "azure", "object at", "http://", "None", "()")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An account with one blob for each fault, and a sound one before and behind."""
    with run_azurite() as running:
        service = running.client()
        for container in CONTAINERS:
            service.create_container(container)
        for number, mac in enumerate(MACS.values()):
            service.get_blob_client(VNET_CONTAINER, PATH.format(mac=mac)).upload_blob(blob(*map(record, [number] * 3)))
        yield running


@pytest.fixture
def proxy(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    hurry(monkeypatch)
    with run_faulty_proxy(emulator.url) as running:
        yield running


def hurry(patch: pytest.MonkeyPatch) -> None:
    """The same number of tries as ever, with less patience."""
    patch.setattr(stalls, "STALL_SECONDS", 0.5)
    patch.setattr(stalls, "MOST_BYTES", 1 << 20)
    patch.setattr(connecting, "STALL_SECONDS", 0.5)
    patch.setattr(connecting, "_RETRIES", connecting._RETRIES | {"increment_base": 0, "random_jitter_range": 0})
    patch.setattr("azure.storage.blob._download.time.sleep", lambda _seconds: None)


class Tried(NamedTuple):
    report: ImportReport
    again: ImportReport
    seconds: float
    stored: int


@pytest.fixture(scope="module")
def tried(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """One import through all faults at once, and another when the network is well again."""
    store = LocalStore(tmp_path_factory.mktemp("faulty") / "flows.duckdb")
    with pytest.MonkeyPatch.context() as patch, run_faulty_proxy(emulator.url) as proxy:
        hurry(patch)
        patch.setattr("nsgflow_core.intake.blobs.fetching.READERS", 12)
        patch.setattr("nsgflow_core.intake.importing.UNREACHABLE_IN_A_ROW", len(FAULTS))
        proxy.faults |= {MACS[name]: fault for name, fault in FAULTS.items()}
        started = time.monotonic()
        report = import_flows(open_source(proxy.connection_string), store)
        seconds = time.monotonic() - started
        proxy.faults.clear()
        again = import_flows(open_source(proxy.connection_string), store)
    return Tried(report, again, seconds, store.extent().tuples)


def test_the_rest_is_read_and_what_failed_is_read_when_the_network_is_well(tried: Tried) -> None:
    report = tried.report
    assert (report.blobs_seen, report.blobs_failed, report.exit_status) == (len(MACS), len(BLOB_FAULTS), 1)
    assert report.blobs_read == len(MACS) - len(BLOB_FAULTS)
    assert report.tuples == report.blobs_read * 3 * TUPLES
    assert tried.again.exit_status == 0
    assert tried.stored == len(MACS) * 3 * TUPLES, "nothing lost, nothing doubled"
    assert tried.seconds < 30


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_said_in_our_words(tried: Tried, name: str) -> None:
    reasons = [failure.reason for failure in tried.report.failures if MACS[name] in failure.blob]
    assert len(reasons) == (name in BLOB_FAULTS)
    for reason in reasons:
        assert reason.endswith((".", ")."))
        assert not [word for word in FOREIGN_WORDS if word in reason], reason
        assert len(reason) > 40


@pytest.mark.parametrize("name", LIST_FAULTS)
def test_a_faulty_listing_ends_with_a_sentence(
    proxy: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for limit in ("MOST_PAGES", "MOST_THIN_PAGES"):
        monkeypatch.setattr(listing, limit, 30)
    proxy.faults["comp=list"] = LIST_FAULTS[name]
    started = time.monotonic()
    with pytest.raises(SourceError) as refused:
        import_flows(open_source(proxy.connection_string), LocalStore(tmp_path / "f.duckdb"))
    assert time.monotonic() - started < 15
    assert refused.value.hint
    assert not [word for word in FOREIGN_WORDS if word in str(refused.value)]
    assert sum(proxy.asked.values()) <= 2 * 35


@pytest.mark.parametrize(
    "name", ["stall in the body", "stall before the answer", "stall, then slow drip", "500 for ever"]
)
def test_cancelling_ends_what_the_threads_do(
    proxy: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(stalls, "STALL_SECONDS", 60)
    monkeypatch.setattr(connecting, "STALL_SECONDS", 1.5)
    proxy.faults["macAddress"] = BLOB_FAULTS[name]
    cancelled = threading.Event()
    threading.Timer(0.7, cancelled.set).start()
    started = time.monotonic()
    report = import_flows(
        open_source(proxy.connection_string), LocalStore(tmp_path / "f.duckdb"), cancelled=cancelled.is_set
    )
    assert (report.cancelled, report.tuples) == (True, 0) or name == "500 for ever"
    assert time.monotonic() - started < 3
    while [each for each in threading.enumerate() if each.name.startswith(("nsgflow-read", "nsgflow-watch"))]:
        assert time.monotonic() - started < 8, "threads end by themselves"
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["ever new pages of junk", "slow drip", "stall in the body"])
def test_a_listing_is_cancelled(proxy: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(stalls, "STALL_SECONDS", 60)
    monkeypatch.setattr(connecting, "STALL_SECONDS", 4)
    proxy.faults["comp=list"] = LIST_FAULTS[name]
    cancelled = threading.Event()
    threading.Timer(0.5, cancelled.set).start()
    started = time.monotonic()
    report = import_flows(
        open_source(proxy.connection_string), LocalStore(tmp_path / "f.duckdb"), cancelled=cancelled.is_set
    )
    assert (report.cancelled, report.blobs_seen) == (True, 0)
    assert time.monotonic() - started < 3


def test_an_account_that_is_gone_is_not_asked_for_every_blob(
    proxy: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nsgflow_core.intake.importing.UNREACHABLE_IN_A_ROW", 3)
    monkeypatch.setattr("nsgflow_core.intake.blobs.fetching.READERS", 1)
    proxy.faults["macAddress"] = BLOB_FAULTS["500 for ever"]
    report = import_flows(open_source(proxy.connection_string), LocalStore(tmp_path / "f.duckdb"))
    assert (report.blobs_failed, report.exit_status) == (len(MACS), 2)
    assert "3 blobs in a row" in report.failures[-1].reason
    assert len([path for path in proxy.asked if "macAddress" in path]) < 8
