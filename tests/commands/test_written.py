"""-o FILE: its suffix says the format, and what cannot be is refused before any work."""

import io
import json
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from nsgflow_core import commands
from nsgflow_core.__main__ import main
from nsgflow_core.commands.telling.written import Target, print_frame
from nsgflow_core.errors import OutputError
from nsgflow_core.exports import FILE_FORMATS
from nsgflow_core.exports.as_parquet import METADATA

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
    folder = Path(commands.__file__).parent
    prints = [path for path in folder.rglob("*.py") if "print_frame(" in path.read_text() and path.name != "written.py"]
    assert len(prints) > 12
    offers = ("add_output_options(", "add_answer_options(")  # the second calls the first
    assert [path.name for path in prints if not any(each in path.read_text() for each in offers)] == []
