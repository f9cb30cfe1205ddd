"""An address with what opens it, given to any option of any command, is in no line that comes back and in no name."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import pytest

from nsgflow_core.__main__ import COMMANDS, main
from nsgflow_core.errors import InputError, without_secrets
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.words.log_lines import log
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
