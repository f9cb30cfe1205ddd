"""Three people at once on one server, two with a database each and one with the local store: nothing of one reaches
another, nobody waits for another's database, and who leaves, changes or closes takes nothing from the others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import download, new_window, open_page, settle
from tests.browser.server import server
from tests.conftest import with_sample
from tests.estates.records import vnet_record
from tests.parts.kql.database import tuples_of
from tests.parts.stub_cluster import StubCluster, kusto_error
from tests.parts.stub_workspace import Fault

PAGES = {"Overview": "", "Flows": "", "Denied": "", "Required ports": "required-ports", "Query": ""}
"""By their titles in the menu; the table of which the query and the file are looked at."""


def cluster_of(place: int) -> StubCluster:
    """A database whose addresses, rule and NSG no other has."""
    lines = [
        f"176406480{n}000,10.{place}.1.{n},10.{place}.2.5,5000{n},{port},6,I,{state},NX,5,500,4,2000"
        for n in range(1, 9)
        for port, state in ((1433, "E"), (22, "D"))
    ]
    record = vnet_record(lines, rule=f"UserRule_only-{place}", acl=f"{place:08}-4444-4444-8444-444444444444")
    return StubCluster(flows=tuples_of({"blob": [record]}))


def marks(place: int) -> tuple[str, ...]:
    return (f"10.{place}.", f"only-{place}", f"{place:08}-4444")


@dataclass
class Person:
    """A window of its own, all that it was ever shown or sent, and its database."""

    page: Page
    cluster: StubCluster | None
    seen: list[str] = field(default_factory=list)

    def look(self) -> str:
        self.seen.append(self.page.content())
        return self.seen[-1]

    def begin(self, title: str) -> None:
        self.page.get_by_role("link", name=title, exact=True).first.click()

    def end(self, title: str) -> str:
        expect(self.page.get_by_role("heading", name=title, exact=True).first).to_be_visible()
        settle(self.page)
        return self.look()

    def connect(self, address: str, cluster: StubCluster) -> None:
        self.cluster = cluster
        open_page(self.page, f"{address}/connect?from=cluster")
        self.use(cluster)

    def use(self, cluster: StubCluster) -> None:
        self.page.get_by_label("Cluster", exact=True).fill(cluster.url)
        self.page.get_by_label("Database", exact=True).fill("net")
        self.page.get_by_role("button", name="See what is there").click()
        self.page.locator(".st-key-use_cluster button").click()
        settle(self.page)


@contextmanager
def held(cluster: StubCluster) -> Iterator[None]:
    """Answers nothing meanwhile."""
    going = Event()
    cluster.change = lambda _, reply: (going.wait(60), reply)[1]
    try:
        yield
    finally:
        cluster.change = lambda _, reply: reply
        going.set()


@pytest.fixture(scope="module")
def served(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(with_sample(sample_home, tmp_path_factory.mktemp("two"))) as address:
        yield address


@pytest.fixture
def people(chromium: Browser, served: str) -> Iterator[list[Person]]:
    windows = [new_window(chromium) for _ in range(3)]
    with cluster_of(66) as first, cluster_of(77) as second:
        made = [Person(window.new_page(), None) for window in windows]
        made[0].connect(served, first)
        made[1].connect(served, second)
        open_page(made[2].page, f"{served}/overview")
        yield made
    for window in windows:
        window.close()


def told_apart(people: list[Person], places: tuple[set[int], ...]) -> None:
    """Each was shown what is theirs, and nothing of the others."""
    for person, own in zip(people, places, strict=True):
        everything = "\n".join(person.seen)
        for place in (66, 77, 88):
            found = [mark for mark in marks(place) if mark in everything]
            assert (place in own) == bool(found), (place, own, found)


def test_nothing_of_one_reaches_another(people: list[Person]) -> None:
    for title, table in PAGES.items():
        for person in people:  # all at once
            person.begin(title)
        for person in people:
            person.end(title)
            if table:
                person.seen.append(download(person.page, table))
                person.page.locator(f".st-key-query_{table} button").first.click()
                expect(person.page.get_by_test_id("stCode").first).to_be_visible()
                person.look()
                person.page.keyboard.press("Escape")
    told_apart(people, ({66}, {77}, set()))


def test_nobody_waits_for_anothers_database_nor_hears_of_its_fault(people: list[Person]) -> None:
    one, other, local = people
    assert one.cluster is not None
    with held(one.cluster):
        one.begin("Denied")
        started = time.monotonic()
        for person in (other, local):
            person.begin("Denied")
        for person in (other, local):
            person.end("Denied")
        assert time.monotonic() - started < 60, "answered while the other is not"
        assert "10.66." not in one.page.locator("[data-testid=stMain]").inner_text()
    one.end("Denied")
    one.cluster.fail(*[Fault(403, kusto_error("Forbidden", "Forbidden only-66"))] * 40)
    for person in people:
        person.begin("Required ports")
    for person in people:
        person.end("Required ports")
    assert "may not read this database" in one.seen[-1]
    assert [each for each in (other, local) if "may not read this database" in each.seen[-1]] == []
    one.cluster.forget_faults()
    told_apart(people, ({66}, {77}, set()))


def test_who_changes_leaves_or_closes_midway_takes_nothing_from_the_others(people: list[Person]) -> None:
    one, other, local = people
    first = one.cluster
    assert first is not None
    with cluster_of(88) as third, held(first):
        one.begin("Overview")
        one.page.wait_for_timeout(500)
        one.seen.clear()
        one.begin("Connect")
        one.end("Connect")
        one.seen.clear()
        one.use(third)
        one.begin("Denied")
        one.end("Denied")
        told_apart([one], ({88},))
    one.begin("Flows")
    one.end("Flows")
    one.begin("Connect")
    one.end("Connect")
    one.page.locator(".st-key-show_sample button").click()
    settle(one.page)
    one.seen.clear()
    one.begin("Denied")
    one.end("Denied")
    assert other.cluster is not None
    with held(other.cluster):
        other.begin("Denied")
        local.begin("Denied")
        local.end("Denied")
    other.end("Denied")
    told_apart(people, (set(), {77}, set()))
    with held(other.cluster):
        other.begin("Flows")
        other.page.wait_for_timeout(500)
        other.page.close()
        local.begin("Flows")
        local.end("Flows")
    local.begin("Required ports")
    assert "may not" not in local.end("Required ports")
    told_apart([local], (set(),))
