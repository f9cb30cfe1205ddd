"""A shared server with a real OpenID Connect provider: strangers see nothing, readers look, editors change."""

from __future__ import annotations

import re
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame.navigation import PAGES
from tests.browser.looking import leave, listening, open_page, path_and_params, sentence, settle
from tests.browser.server import server
from tests.conftest import ROOT, free_port, with_sample
from tests.parts.servers.oidc import COOKIE_SECRET, run_provider, secrets_toml
from tests.parts.servers.wire import buttons, signed_cookie, tab

PLANTED = "planted-page-without-a-guard"
PLANTED_PAGE = f"""
import streamlit as st
from nsgflow_core.ui.frame import session

st.text("{PLANTED}")
try:
    st.text(session.extent())
except Exception as refused:
    st.text(refused)
"""
ACCOUNTS: dict[str, dict[str, object]] = {
    "ada": {"email": "ada@contoso.example", "email_verified": True},
    "rae": {"roles": ["nsgflow.reader"], "preferred_username": "![rae](http://192.0.2.1/x)"},
    "eve": {"email": "ada@contoso.example", "email_verified": False, "roles": "nsgflow.readers"},
}


@dataclass(frozen=True)
class Shared:
    """A running server that asks for a sign-in, and where its stores are."""

    address: str
    home: Path
    site: Path

    @property
    def store(self) -> LocalStore:
        return LocalStore(self.home / "flows.duckdb")


@pytest.fixture(scope="module")
def shared(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """The pages of this checkout and one that forgot every guard, on a server on which nobody opened `/` yet."""
    home = with_sample(sample_home, tmp_path_factory.mktemp("shared"))
    site = home / "site"
    for name in ("pages", ".streamlit"):
        shutil.copytree(ROOT / name, site / name)
    shutil.copy(ROOT / "app.py", site)
    (site / "pages" / "forgotten.py").write_text(PLANTED_PAGE)
    port, provider_port = free_port(), free_port()
    back = f"http://127.0.0.1:{port}/oauth2callback"
    with run_provider(provider_port, back, ACCOUNTS) as issuer:
        (site / ".streamlit" / "secrets.toml").write_text(secrets_toml(back, issuer))
        settings = {
            "PYTHONPATH": str(ROOT),
            "NSGFLOW_REQUIRE_LOGIN": "1",
            "NSGFLOW_EDITORS": "Ada@contoso.example",
            "NSGFLOW_READERS": "nsgflow.reader",
        }
        with server(home, health_check=False, cwd=site, environment=settings, port=port) as address:
            yield Shared(address, home, site)


@contextmanager
def signed_in(page: Page, shared: Shared, name: str, path: str = "/connect") -> Iterator[Page]:
    """A browser without a cookie, in which somebody opens a link and signs in."""
    guarded = re.compile(rf"{shared.address}/(?!auth|oauth2callback|media|_stcore|static)")
    asked: list[str] = []
    said: list[str] = []
    page.context.route(guarded, with_headers)
    try:
        with listening(
            page, request=lambda request: asked.append(request.url), console=lambda line: said.append(line.text)
        ):
            open_page(page, shared.address + path)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_label("Name").fill(name)
            page.get_by_role("button", name="Sign in").click()
            page.locator("[data-testid=stAppViewContainer]").wait_for()
            settle(page)
            yield page
    finally:
        page.context.unroute(guarded)
        leave(page)
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []
    assert [text for text in said if "Security Policy" in text] == []


def with_headers(route: Route) -> None:
    """The answer with the headers that docs/deployment.md has the proxy add."""
    recipe = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    headers = dict(re.findall(r'add_header (\S+) "([^"]+)" always;', recipe))
    policy = "".join(re.findall(r'set \$csp "(?:\$\{csp\})?([^"]+)";', recipe))
    assert policy.endswith("frame-ancestors 'self'")
    headers["Content-Security-Policy"] = policy
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, **headers})


def test_a_stranger_gets_nothing_of_any_page_on_a_fresh_server(shared: Shared):
    files = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
    assert set(files) == {row.name for row in PAGES}
    for name in files:
        with tab(shared.address) as stranger:
            assert buttons(stranger.run(name, "for=nsg/nsg-shop-web&level=rows")) == ["Sign in"], name
            for word in (b"snet-", b"nsg-shop", b"log entries", b"10.", b"sample"):
                assert word not in stranger.received, (name, word)
    with tab(shared.address) as stranger:  # the pages above did run alone: one that forgot its guard would have shown
        stranger.run("forgotten")
        assert PLANTED.encode() in stranger.received
        assert b"This takes a sign-in." in stranger.received  # and not even that one gets at a store
    with urllib.request.urlopen(f"{shared.address}/_stcore/script-health-check") as answer:
        assert answer.status == 200
    with tab(shared.address) as stranger:  # from here on app.py runs first
        assert buttons(stranger.run("denied")) == ["Sign in"]
        assert buttons(stranger.run()) == ["Sign in"]


def test_only_a_fresh_sign_in_of_this_server_counts(shared: Shared):
    now = time.time()
    rae = {"sub": "rae", "roles": ["nsgflow.reader"], "iat": now}
    cookies = {
        "hers": (signed_cookie(shared.address, COOKIE_SECRET, rae), True),
        "signed by another secret": (signed_cookie(shared.address, "x" * 40, rae), False),
        "of another server": (signed_cookie("http://127.0.0.1:1", COOKIE_SECRET, rae), False),
        "of yesterday": (signed_cookie(shared.address, COOKIE_SECRET, rae | {"iat": now - 25 * 3600}), False),
        "of no time": (signed_cookie(shared.address, COOKIE_SECRET, {"sub": "rae", "roles": rae["roles"]}), False),
        "of somebody else": (signed_cookie(shared.address, COOKIE_SECRET, rae | {"roles": ["other"]}), False),
    }
    for whose, (cookie, counts) in cookies.items():
        with tab(shared.address, cookie) as opened:
            opened.run("denied", "port=22")
            assert (b"nsg-shop" in opened.received) is counts, whose


def test_a_reader_comes_back_to_the_link_looks_and_changes_nothing(tab: Page, shared: Shared):
    with signed_in(tab, shared, "rae", "/denied?port=22") as page:
        page.wait_for_url("**/denied?port=22")
        settle(page)
        assert path_and_params(page) == ("/denied", {"port": ["22"]})
        assert "port is 22" in sentence(page)
        second = page.context.new_page()
        open_page(second, f"{shared.address}/connect")
        expect(second.get_by_text("Editors import here")).to_be_visible()
        expect(second.get_by_test_id("stFileUploader")).to_have_count(0)
        page.locator(".st-key-person button").first.click()
        expect(page.get_by_text("Signed in as reader.")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in").wait_for()
        expect(second.get_by_role("button", name="Sign in")).to_be_visible()  # another tab, that nobody touched
        expect(second.get_by_text("Where the logs are")).to_have_count(0)
        second.close()
    assert not shared.store.path.exists()


def test_an_editor_imports_and_the_history_says_so(tab: Page, shared: Shared):
    with signed_in(tab, shared, "ada", "/connect?from=folder") as page:
        page.wait_for_url("**/connect?from=folder")
        settle(page)
        page.get_by_label("Folder or file").fill(str(ROOT / "tests" / "golden" / "vnet-v4.json"))
        page.get_by_role("button", name="See what is there").click()
        page.get_by_text("Everything").click()
        settle(page)
        page.locator(".st-key-start_import button").click()
        expect(page.get_by_text("new log entries")).to_be_visible(timeout=60_000)
        page.get_by_text("Who changed what in the local store").click()
        expect(page.locator(".st-key-table_history")).to_be_visible()
    history = shared.store.history()
    assert history["who"].tolist() == ["ada@contoso.example"]
    assert history["what"].tolist() == ["Import"]


def test_somebody_whom_nobody_named_is_told_how_to_get_in(tab: Page, shared: Shared):
    with signed_in(tab, shared, "eve") as page:
        expect(page.get_by_text("nobody has let you in yet")).to_be_visible()
        expect(page.get_by_text("ada@contoso.example (unverified)")).to_be_visible()
        page.get_by_role("button", name="Sign in as somebody else").click()
        page.get_by_role("button", name="Sign in", exact=True).wait_for()
