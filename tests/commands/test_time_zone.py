"""Times on the command line in a zone that somebody names: read, told in sentences, and written into files."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.__main__ import COMMANDS, build_parser, named_command
from nsgflow_core.ask.text.zones import read_zone
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.subnet_map import SubnetMap
from tests.commands.test_cli import rows
from tests.estates.flows import START, row, store_of

AMSTERDAM = ("--time-zone", "Europe/Amsterdam")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = [row(("10.0.1.4", "10.0.2.8", "TCP", 443), START)]
    return store_of(tmp_path_factory.mktemp("zone") / "f.duckdb", made, SubnetMap()).path


def test_files_say_how_far_from_utc_their_times_are(run, store):
    def seen(*options):
        return rows(run("required-ports", "--store", store, *options)[1])[0]["first_seen"]

    utc = f"{START:%Y-%m-%dT%H:%M:%S}"
    assert seen() == utc + "Z"
    assert seen("--time-zone", "utc") == utc + "Z"
    there = START.astimezone(read_zone("europe/amsterdam"))
    assert seen(*AMSTERDAM) == f"{there:%Y-%m-%dT%H:%M:%S}+01:00"
    told = run("required-ports", "--store", store, *AMSTERDAM, "--format", "markdown")[1]
    assert f"{there:%Y-%m-%dT%H:%M:%S}+01:00" in told
    assert "- Times: Europe/Amsterdam" in told


def test_days_stay_those_of_utc_and_hours_do_not(run, store):
    (told,) = rows(run("summarize", "--by", "day,hour", "--store", store, "--time-zone", "-03:30")[1])
    assert told["day"] == f"{START:%Y-%m-%d}T00:00:00Z"
    assert told["hour"].endswith(":30:00-03:30")


def test_what_names_no_zone_is_read_in_it(run, store):
    there = START.astimezone(read_zone("Europe/Amsterdam"))
    for where in (["--since", f"{there:%Y-%m-%d %H:%M}"], ["--where", f'since:"{there:%d %b %Y %H:%M}"']):
        assert len(rows(run("flows", "--store", store, *AMSTERDAM, *where)[1])) == 1
        assert rows(run("flows", "--store", store, *where)[1]) == [], "an hour later in UTC"
    assert "Europe/Amsterdam." in run("address", "10.0.1.4", "--store", store, *AMSTERDAM, "--since", "2020-01-01")[1]


def test_a_zone_that_there_is_not_is_refused_with_what_is_near(run, store):
    status, _, said = run("flows", "--store", store, "--time-zone", "Europe/Amsterdm")
    assert status == 2
    assert "Did you mean Europe/Amsterdam" in said
    for name in ("", "+24:00", "../etc/passwd", "nowhere\x1b[31m"):
        with pytest.raises(BadFilter):
            read_zone(name)


def test_that_of_this_machine(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert str(read_zone("local")) == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "no such zone")
    assert read_zone("local").utcoffset(START) is not None


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_holds_everywhere_may_stand_before_a_command_within_its_words_and_behind_it(command):
    words = command.name.split()
    for at in range(len(words) + 1):
        for zone in (AMSTERDAM, ("--time-zone=Europe/Amsterdam",), ("--verbose", *AMSTERDAM)):
            asked = (*words[:at], *zone, *words[at:])
            assert named_command(asked) is command
            if at < len(words):
                known = build_parser(None).parse_known_args(asked)[0]
                assert (known.time_zone, known.verbose) == ("Europe/Amsterdam", "--verbose" in zone)


def test_a_zone_before_the_command_is_that_of_its_times(run, store):
    behind = run("required-ports", "--store", store, *AMSTERDAM)
    assert run(*AMSTERDAM, "required-ports", "--store", store) == behind
    assert run("--time-zone", "-03:30", "required-ports", "--store", store, *AMSTERDAM) == behind, "the last counts"
