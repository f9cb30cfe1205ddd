"""Every option that takes a number, a time or a part of the traffic, with hostile values: one sentence and status 2."""

from __future__ import annotations

from argparse import Action
from collections.abc import Iterator

import pytest

from nsgflow_core.__main__ import COMMANDS, build_parser, main
from nsgflow_core.commands.given.traffic import filter_options
from tests.hostile import NUMBERS, TEXTS, TIMES

HALF = "rule-\udcff"
"""What a shell hands over for a byte that is not UTF-8."""


def options(command_name: str) -> Iterator[Action]:
    """Every option of a command."""
    command = next(each for each in COMMANDS if each.name == command_name)
    found = build_parser(command)
    for word in command.name.split():
        found = next(action for action in found._actions if action.choices and word in action.choices).choices[word]  # type: ignore[index]
    yield from found._actions


def numbers() -> list[tuple[str, str]]:
    """(command, flag) of each option that argparse reads with a function of ours."""
    return [
        (command.name, action.option_strings[0])
        for command in COMMANDS
        for action in options(command.name)
        if action.option_strings and getattr(action.type, "__module__", "") == "nsgflow_core.commands.given.numbers"
    ]


def test_no_option_reads_numbers_by_itself() -> None:
    assert not [action for command in COMMANDS for action in options(command.name) if action.type in (int, float)]
    expected = {
        "--limit",
        "--port",
        "--exactness",
        "--group-share",
        "--unseen-per-new",
        "--subnet-threshold",
        "--rounds",
        "--src-port",
        "--at-least",
        "--retention",
        "--interval",
        "--days",
        "--hourly-days",
    }
    assert {flag for _, flag in numbers()} == expected


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_choices_are_told_as_they_are_written(command: str) -> None:
    """argparse tells them as Python would: `<Direction.INBOUND: 'Inbound'>`."""
    for action in options(command):
        assert all(type(choice) in (str, int) for choice in action.choices or ()), action.option_strings


SAID_OF_A_DECISION = {
    "--rename",
    "--owner",
    "--ticket",
    "--expires",
    "--sources",
    "--destinations",
    "--ports",
    "--note",
}


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_no_option_is_taken_for_one_that_was_not_given(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    """`--workspace "$ID"` asked the local store where ID was not set, and `--nsg "$NSG"` every NSG."""
    flags = {flag for action in options(command) if action.nargs != 0 for flag in action.option_strings}
    for flag in flags - {"--by", "--measure", *SAID_OF_A_DECISION}:
        for empty in ([f"{flag}="], [flag, ""]) if flag.startswith("--") else ([flag, ""],):
            assert main([*command.split(), *empty]) == 2
            told = f"nsgflow: The value of {flag} is empty. Is a variable of the shell not set?\n"
            assert capfd.readouterr().err == told


@pytest.mark.parametrize(("command", "flag"), numbers())
def test_a_number_that_is_none_is_one_sentence(command: str, flag: str, capfd: pytest.CaptureFixture[str]) -> None:
    reads = next(action for action in options(command) if flag in action.option_strings).type
    wrong = [text for text in (*NUMBERS, *TEXTS) if not _is_read(reads, text)]
    assert len(wrong) > 30
    for text in (wrong[0], wrong[1], wrong[-1]):
        with pytest.raises(SystemExit) as ended:
            main([*command.split(), f"{flag}={text}"])
        assert ended.value.code == 2
        assert len(capfd.readouterr().err.strip().splitlines()[-1]) < 250


def _is_read(reads: object, text: str) -> bool:
    try:
        reads(text)  # type: ignore[operator]
    except Exception as error:
        assert type(error).__name__ == "ArgumentTypeError", error  # noqa: PT017
        return False
    return True


@pytest.mark.parametrize("flag", [*(option.flag for _, option in filter_options()), "--since", "--until", "--where"])
def test_a_part_of_the_traffic_is_asked_or_refused(
    flag: str, tmp_path: object, capfd: pytest.CaptureFixture[str]
) -> None:
    for text in (*NUMBERS, *TIMES, *TEXTS, HALF):
        status = main(["denied", f"{flag}={text}", "--store", f"{tmp_path}/none.duckdb"])
        said = capfd.readouterr().err
        assert status == 2
        assert said.startswith("nsgflow: ")
        assert len(said.splitlines()) == 1
        assert len(said) < 700
