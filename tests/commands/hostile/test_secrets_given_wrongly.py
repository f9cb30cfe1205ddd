"""An address with what opens it, given to any option of any command, is in no line that comes back and in no name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from nsgflow_core.__main__ import COMMANDS, main
from nsgflow_core.analysis.views import SavedView, save_view
from nsgflow_core.errors import InputError, without_secrets
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.grouping.kept import keep_groups
from nsgflow_core.rules.review.decisions import Decisions, RuleDecision
from nsgflow_core.rules.review.kept import save_decisions
from nsgflow_core.stores.kql_on_local.saved import save_query
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch.connections import Connection, save
from nsgflow_core.words.log_lines import log
from nsgflow_core.words.vocabulary import Direction
from tests.commands.hostile.test_hostile_options import options
from tests.credentials.addresses import ACCOUNT, KEY, SAS
from tests.estates.flows import START, row, store_of

GIVEN = (
    f"https://{ACCOUNT}/c?{SAS}",
    f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY};EndpointSuffix=core.windows.net",
    f"htps://acct/c?sig={KEY}",
)
ENDLESS = ("dashboard", "watch")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = [row(("10.0.1.4", "10.0.2.8", "TCP", 443), START)]
    return store_of(tmp_path_factory.mktemp("secrets") / "f.duckdb", made, SubnetMap()).path


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.name not in ENDLESS], ids=lambda each: each.name)
def test_no_option_gives_a_secret_back(
    command, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NSGFLOW_STORE", str(store))
    takes = [each for each in options(command.name) if each.nargs != 0]
    if command.name.startswith("rules "):  # the texts of the others are those of all questions, which end sooner
        takes = [each for each in takes if each.type or each.choices]
    needed = [each for each in options(command.name) if not each.option_strings]
    for action in takes:
        # what asks another machine is the business of tests/credentials
        if action.dest in ("source", "lake", "webhook", "workspace", "cluster"):
            continue
        given = GIVEN[takes.index(action) % len(GIVEN)]
        if action.dest == "folder":
            given = GIVEN[1]
        words = [given if each is action else "10.0.0.4" for each in needed]
        flag = [action.option_strings[0], given] if action.option_strings else []
        with suppress(SystemExit):
            main([*command.name.split(), *words, *flag])
        said = "".join(capfd.readouterr())
        assert KEY.rstrip("=") not in said, (action.dest, said)
    assert not [path for path in tmp_path.rglob("*") if KEY.rstrip("=") in str(path)]


def _reviewed(settings: LocalStore, made: RuleDecision | Answer) -> None:
    rules, answers = ((made,), ()) if isinstance(made, RuleDecision) else ((), (made,))
    save_decisions(settings, Scope(nsg="web-nsg"), Direction.INBOUND, Decisions(rules, answers))


KEEPERS: dict[str, Callable[[LocalStore, str], object]] = {
    "a view's name": lambda settings, text: save_view(settings, SavedView(text[-76:], "flows", {})),
    "a view's filter": lambda settings, text: save_view(settings, SavedView("a", "flows", {"source": text})),
    "a query": lambda settings, text: save_query(settings, "a", f"externaldata (a: string) ['{text}']"),
    "a group": lambda settings, text: keep_groups(settings, f'group,address\n"{text}",10.0.0.4\n'.encode()),
    "a note": lambda settings, text: _reviewed(settings, RuleDecision("a", note=text)),
    "an owner": lambda settings, text: _reviewed(settings, RuleDecision("a", owner=text)),
    "a ticket": lambda settings, text: _reviewed(settings, RuleDecision("a", ticket=text)),
    "an answer": lambda settings, text: _reviewed(settings, Answer("q", Choice.ALLOW, note=text)),
    "a connection": lambda settings, text: save(settings, [Connection(text[-55:], "/logs", "")]),
}


@pytest.mark.parametrize("keep", KEEPERS.values(), ids=KEEPERS)
@pytest.mark.parametrize("text", GIVEN)
def test_nothing_that_people_write_is_kept_with_a_secret(keep, text: str, tmp_path: Path) -> None:
    kept = LocalStore(tmp_path / "flows.duckdb")
    kept.save_setting("any", "text", text)
    keep(kept, "plain")
    with pytest.raises(InputError, match=r"secrets?\b|signature, key or password"):
        keep(kept, text)
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert KEY.rstrip("=") not in f"{kept.settings()} {list(kept.history()['about'])} {files!r}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"https://{ACCOUNT}/c?sv=1&sig={KEY}&sp=r", f"https://{ACCOUNT}/c?sv=1&sig=…&sp=r"),
        (f"BlobEndpoint=x;SharedAccessSignature={SAS};A=b", "BlobEndpoint=x;SharedAccessSignature=…&sp=rl&sig=…;A=b"),
        (f"'ACCOUNTKEY={KEY}'", "'ACCOUNTKEY=…'"),
        ("https://user:word@host/c and ftp://:w@h", "https://…@host/c and ftp://…@h"),
        ("design=5 and sig of a rule", "design=5 and sig of a rule"),
        ("10.0.0.4:443 rule:sig-in nsg_id=/a/b", "10.0.0.4:443 rule:sig-in nsg_id=/a/b"),
    ],
)
def test_what_is_left_of_it(text: str, told: str, caplog: pytest.LogCaptureFixture) -> None:
    assert without_secrets(text) == told
    error = InputError(text, text)
    assert (error.message, error.hint, str(error), error.args) == (told, told, f"{told} {told}", (told,))
    with caplog.at_level(logging.INFO, log.name):
        log.info("asked %s", text)
    assert told in caplog.text
