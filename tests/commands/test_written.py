"""-o FILE: its suffix says the format, and what cannot be is refused before any work."""

import dataclasses
import io
import json
import re
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from nsgflow_core import commands
from nsgflow_core.__main__ import main
from nsgflow_core.commands.telling import written
from nsgflow_core.commands.telling.written import Target, print_frame
from nsgflow_core.errors import OutputError
from nsgflow_core.exports import FILE_FORMATS
from nsgflow_core.exports.as_parquet import METADATA
from nsgflow_core.rules.export import EXPORTS
from tests.faults.harness.full import no_file_beyond

ASK = ("required-ports", "--names", "--port", "1433")


@pytest.fixture
def sample(sample_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NSGFLOW_STORE", str(sample_file))
    return sample_file


def test_every_format_is_written_by_its_suffix(sample, tmp_path, capfd):
    files = [tmp_path / f"ports.{row.extension.upper()}" for row in FILE_FORMATS.values()]
    for file in files:
        assert main([*ASK, "-o", str(file)]) == 0
    assert capfd.readouterr().out.splitlines() == [str(file) for file in files]
    assert main(list(ASK)) == 0
    csv = capfd.readouterr().out
    assert files[0].read_text() == csv
    table = pq.read_table(files[list(FILE_FORMATS).index("parquet")])
    assert table.num_rows == len(csv.splitlines()) - 1 > 3
    about = json.loads(table.schema.metadata[METADATA])
    facts = dict(about["facts"])
    assert "port is 1433" in facts["Filter"]
    assert facts["Coverage"].startswith("169,622 log entries, 2026-11-16 00:00 to")
    assert "SELECT" in about["queries"][0]


@pytest.mark.parametrize("key", FILE_FORMATS)
def test_rows_that_a_file_does_not_take_are_told_where_it_is_made(key, tmp_path, monkeypatch, capfd):
    row = FILE_FORMATS[key]
    few = dataclasses.replace(row, most_rows=row.most_rows and 3)
    monkeypatch.setitem(FILE_FORMATS, key, few)
    for rows in (3, 5):
        print_frame(pd.DataFrame({"a": range(rows)}), Target.of(key, tmp_path / f"a.{row.extension}"))
    said = capfd.readouterr().err.splitlines()
    assert said == ([f"nsgflow: note: {few.left_out(5)}"] if row.most_rows else [])


def test_a_question_of_several_says_what_was_asked(sample, tmp_path):
    file = tmp_path / "changes.md"
    windows = ("--before", "2026-11-16/2026-11-18", "--after", "2026-11-18/2026-11-20")
    assert main(["changes", *windows, "-o", str(file)]) == 0
    assert "- Filter: Flows where" in file.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "ports.doc"), "has none of the endings"),
        (("-o", "ports"), "has none of the endings"),
        (("-o", "nowhere/ports.csv"), "no such folder"),
        (("-o", "ports.csv", "--format", "json"), "is a csv file, not json"),
        (("--format", "json", "-o", "ports.csv"), "is a csv file, not json"),
    ],
)
def test_what_cannot_be_is_said_before_any_work(words, said, monkeypatch, tmp_path, capfd):
    monkeypatch.chdir(tmp_path)
    assert main(["required-ports", *words]) == 2
    assert said in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


DRAFT = ("rules", "draft", "--subnet", "snet-shop-app", "--direction", "Inbound", "--rules", "none")


@pytest.mark.parametrize("row", EXPORTS.values(), ids=lambda row: row.key)
def test_a_draft_is_written_by_its_suffix_in_every_format(row, sample, tmp_path, capfd):
    """Windows PowerShell's `>` would make UTF-16 of it, which no tool behind it reads."""
    file = tmp_path / f"web.{row.extension}"
    named = [each.key for each in EXPORTS.values() if each.extension == row.extension]
    said = ("--format", row.key) if len(named) > 1 else ()
    assert main([*DRAFT, "-o", str(file), *said]) == 0
    assert capfd.readouterr().out.splitlines() == [str(file)]
    assert main([*DRAFT, *said, "-o", str(tmp_path / f"again.{row.extension}")]) == 0
    assert main([*DRAFT, "--format", row.key]) == 0
    printed = capfd.readouterr().out.partition("\n")[2]
    assert _without_moments(file.read_text()) == _without_moments(printed)
    assert _without_moments((tmp_path / f"again.{row.extension}").read_text()) == _without_moments(printed)


def test_a_draft_in_json_is_the_draft_and_a_wrong_ending_is_said(sample, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert main([*DRAFT, "-o", "web.json"]) == 0
    assert json.loads(Path("web.json").read_text())["securityRules"]
    assert main([*DRAFT, "-o", "web.tf", "--format", "az"]) == 2
    assert main([*DRAFT, "-o", "web.doc"]) == 2
    said = capfd.readouterr().err
    assert "web.tf is a terraform file, not az." in said
    assert "'web.doc' has none of the endings .csv, .json, .tf, .bicep, .sh." in said


def _without_moments(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", "", text)


def test_a_terminal_gets_no_bytes(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    for row in FILE_FORMATS.values():
        if not row.is_text:
            with pytest.raises(OutputError, match="no text for a terminal"):
                print_frame(pd.DataFrame({"a": [1]}), row.key)


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        print_frame(pd.DataFrame({"a": [1]}), Target.of("csv", tmp_path / "a.csv"))


def test_every_command_with_a_table_takes_a_file():
    """What prints a frame offers -o: both are of one function."""
    files = (path for path in Path(commands.__file__).parent.rglob("*.py") if path.parent.name != "telling")
    prints = [path for path in files if "print_frame(" in path.read_text()]
    assert len(prints) > 12
    offers = ("add_output_options(", "add_answer_options(")  # the second calls the first
    assert [path.name for path in prints if not any(each in path.read_text() for each in offers)] == []


def test_a_file_of_before_stays_where_the_disk_is_full(tmp_path: Path) -> None:
    """It was emptied before anything was written; a link leads on to its file, and a device is written to."""
    file, link = tmp_path / "x.csv", tmp_path / "link.csv"
    written.write_file(file, b"of before")
    link.symlink_to(file)
    with no_file_beyond(4):
        for each in (file, link, tmp_path / "new.csv"):
            with pytest.raises(OutputError, match="cannot be written"):
                written.write_file(each, b"longer than four")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.csv", "x.csv"]
    assert file.read_bytes() == b"of before"
    written.write_file(link, b"after")
    assert (file.read_bytes(), link.is_symlink()) == (b"after", True)
    written.write_file(Path("/dev/null"), b"x")


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
def test_who_may_read_a_file_of_before_stays_as_it_was(tmp_path: Path) -> None:
    (file := tmp_path / "x.csv").touch(mode=0o600)
    written.write_file(file, b"for me alone")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"for me alone", 0o600)
