"""What a reader and a stranger can do on the pages: a walk over every control, and every way to set it up wrongly."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame.navigation import PAGES
from nsgflow_core.ui.frame.sign_in import access, setup
from tests.conftest import ROOT
from tests.ui.frame.as_it_reads import as_it_reads

AUTH = {
    "redirect_uri": "https://flows.contoso.example/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": "id",
    "client_secret": "secret",
    "server_metadata_url": "https://login.microsoftonline.com/a-tenant/v2.0/.well-known/openid-configuration",
}
ENTRA = "https://login.microsoftonline.com/{}/v2.0/.well-known/openid-configuration"


@pytest.fixture(autouse=True)
def lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSGFLOW_READERS", "looks")
    monkeypatch.setenv("NSGFLOW_EDITORS", "changes")


def opened(role: str | None, auth: dict[str, object] | None = None, **claims: object) -> AppTest:
    """The first page, to whoever signed in with this app role."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    if auth != {}:
        app.secrets["auth"] = AUTH if auth is None else auth
    if role:
        app.user = {"is_logged_in": True, "sub": "7", "roles": [role], "iat": time.time(), **claims}
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    boxes = (*app.error, *app.warning, *app.info)
    return as_it_reads(" ".join(f"{getattr(box.proto, 'title', '')} {box.value}" for box in boxes))


@pytest.fixture
def sample(home: Path) -> LocalStore:
    """The store that the pages show."""
    return LocalStore(next((home / "cache").rglob("sample.duckdb")))


IN_THE_SESSION = ("Your prices: a CSV with key and price",)
"""Uploads that change what their own session sees, and nothing that is kept."""


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.name)
def test_no_control_of_any_page_lets_a_reader_change_anything(row, sample: LocalStore, home: Path):
    """Also those that are drawn as disabled: what the browser sends for them reaches their callbacks as well."""
    app = opened("looks")
    if row.name != PAGES[0].name:
        app.switch_page(f"pages/{row.name}.py").run()
    before = (sample.identity, sample.history().to_csv())
    for key in [button.key for button in app.button if button.key not in ("sign_out", "use_sample", "show_sample")]:
        found = [button for button in app.button if button.key == key]
        if found:
            found[0].proto.disabled = False
            found[0].click().run()
            assert not app.exception, key
    assert [each.proto.label for each in app.get("file_uploader") if each.proto.label not in IN_THE_SESSION] == []
    assert (sample.identity, sample.history().to_csv()) == before
    assert not (home / "flows.duckdb").exists()


def test_an_editor_decides_and_a_sign_in_that_lapsed_does_not(sample: LocalStore):
    app = opened("changes", email="ada@contoso.example", email_verified=True)
    app.switch_page("pages/rules.py").run()
    count = len(sample.history())
    app.button(key="accept_all").click().run()
    newest = sample.history().iloc[0]
    assert (newest["who"], newest["what"]) == ("ada@contoso.example", "Rule decisions")
    app.user = {**app.user, "iat": time.time() - 13 * 3600}
    app.button(key="forget_decisions").click().run()
    assert [button.label for button in app.button] == ["Sign in"]
    app.user = {**app.user, "iat": time.time()}
    app.run()
    app.button(key="forget_decisions").click().run()
    assert len(sample.history()) == count + 2


def test_an_action_that_a_role_does_not_reach_for_is_refused_in_words(monkeypatch: pytest.MonkeyPatch):
    app = opened("changes")
    app.switch_page("pages/rules.py").run()
    app.button(key="accept_all").click()
    monkeypatch.setenv("NSGFLOW_EDITORS", "others")
    monkeypatch.setenv("NSGFLOW_READERS", "changes")
    app.run()
    assert "Changing this takes the role editor" in texts(app)
    app.run()
    assert "Changing this takes the role editor" not in texts(app)


def stopping_page() -> None:
    import streamlit as st

    from nsgflow_core.errors import StoreError
    from nsgflow_core.ui.frame.sign_in.access import guard, refused_in_words, told

    def fail() -> None:
        raise StoreError("The disk is full.", "Make room.")

    with told():
        guard()
        st.button("Save", on_click=refused_in_words(fail), key="save")
        st.stop()


def test_what_failed_is_told_once_by_a_page_that_has_nothing_more_to_say():
    app = AppTest.from_function(stopping_page).run()
    app.button(key="save").click().run()
    assert [each.value for each in app.warning] == ["Make room."]
    assert not app.run().warning


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"redirect_uri": "http://flows.contoso.example/oauth2callback"}, "https://"),
        ({"redirect_uri": "https://flows.contoso.example/"}, "/oauth2callback"),
        ({"cookie_secret": "short"}, "at least 32 random"),
        ({"client_id": ""}, "no client_id"),
        ({"client_secret": ""}, "missing: client_secret"),
        ({"server_metadata_url": "http://login.contoso.example/x"}, "server_metadata_url must begin with https"),
        ({"server_metadata_url": ENTRA.format("common")}, "every tenant"),
        ({"server_metadata_url": ENTRA.format("Organizations")}, "every tenant"),
        ({"other": {"client_id": "id"}}, "missing: client_secret, server_metadata_url"),
    ],
)
def test_a_faulty_setup_serves_nothing_and_says_why(fault, words):
    app = opened("changes", auth={**AUTH, **fault})
    assert words in texts(app)
    assert len(app.error) == 1
    assert not [*app.button, *app.metric, *app.dataframe, *app.header]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("NSGFLOW_EDITORS", "", "name nobody"),
        ("NSGFLOW_SIGN_IN_HOURS", "0", "whole number of hours"),
        ("NSGFLOW_SIGN_IN_HOURS", "\u00b2", "whole number of hours"),
    ],
)
def test_a_faulty_setting_serves_nothing(variable, value, words, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NSGFLOW_READERS", "" if words == "name nobody" else "looks")
    monkeypatch.setenv(variable, value)
    app = opened("changes")
    assert words in texts(app)
    assert not app.button


def test_headers_that_would_stand_above_the_sign_in_are_refused(monkeypatch: pytest.MonkeyPatch):
    known = st.get_option
    monkeypatch.setattr(st, "get_option", lambda key: {"X-User": "oid"} if "trusted" in key else known(key))
    assert "trustedUserHeaders" in texts(opened("changes"))


@pytest.mark.parametrize("value", ["1", "true", "yes", "please"])
def test_a_sign_in_that_is_required_and_not_set_up_serves_nothing(value, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(setup.REQUIRED_VARIABLE, value)
    app = opened(None, auth={})
    assert "no secrets.toml" in texts(app)
    assert not app.button


def test_secrets_that_cannot_be_read_are_not_taken_for_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "secrets.toml").write_text("[auth\n")
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(tmp_path / "secrets.toml")])
    monkeypatch.setattr(st, "secrets", Secrets())
    try:
        assert setup.is_on()
        assert setup.trouble() == "The server's secrets.toml cannot be read."
    finally:
        config.set_option("secrets.files", before)


def test_secrets_that_come_later_count_within_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """That there are none is not asked anew by each of the hundred questions of a page."""
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(tmp_path / "secrets.toml")])
    monkeypatch.setattr(st, "secrets", Secrets())
    try:
        assert not setup.is_on()
        (tmp_path / "secrets.toml").write_text('[auth]\nclient_id = "id"\n')
        asked = time.monotonic()
        while not setup.is_on():
            assert time.monotonic() - asked < 2, "The new secrets count."
            time.sleep(0.05)
        (tmp_path / "secrets.toml").unlink()
        assert setup.is_on(), "What was read once stays."
        monkeypatch.setattr(st, "secrets", Secrets())
        assert not setup.is_on()
        monkeypatch.setattr(st, "secrets", {"auth": AUTH})
        assert setup.is_on(), "Other secrets are looked into at once."
    finally:
        config.set_option("secrets.files", before)


def test_nobody_signs_in_where_it_is_not_set_up(monkeypatch: pytest.MonkeyPatch):
    for word in ("", "0", "No"):
        monkeypatch.setenv(setup.REQUIRED_VARIABLE, word)
        assert not setup.is_on()
    assert access.editor().person.name == "without sign-in"


def test_pages_get_their_stores_from_the_session_alone():
    """The session's stores ask who looks and who changes; one opened elsewhere would ask nobody."""
    makers = set()
    for path in (*(ROOT / "nsgflow_core" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")):
        calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        if any(isinstance(call.func, ast.Name) and call.func.id == "LocalStore" for call in calls):
            makers.add(path.name)
    assert makers == {"session.py"}


def test_a_choice_of_providers_is_a_button_each():
    provider = {key: AUTH[key] for key in ("client_id", "client_secret", "server_metadata_url")}
    both = {"redirect_uri": AUTH["redirect_uri"], "cookie_secret": AUTH["cookie_secret"]}
    app = opened(None, auth={**both, "entra": provider, "okta": provider})
    assert [button.label for button in app.button] == ["Sign in with Entra", "Sign in with Okta"]
