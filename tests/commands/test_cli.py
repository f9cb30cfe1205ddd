"""The command line as a script meets it: what it prints, and its exit status."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys

import pytest

from nsgflow_core.__main__ import COMMANDS, main
from nsgflow_core.ask.columns import DIMENSIONS, single_columns
from nsgflow_core.ask.measures import MEASURES
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"
REQUIRED = (
    "source,destination,protocol,port,directions,rules,flows,packets,bytes,sources,destinations,first_seen,last_seen"
)
DENIED = "nsg,rule,direction,protocol,port,flows,sources,destinations,first_seen,last_seen"
REPORT = ["blobs_seen", "blobs_read", "blobs_failed", "bytes_read", "tuples", "rejected", "first", "last", "failures"]


@pytest.fixture
def store(tmp_path, run):
    """The golden blobs, imported."""
    file = tmp_path / "flows.duckdb"
    assert run("import", GOLDEN, "--store", file)[0] == 0
    return file


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_an_import_reports_exactly_what_it_did(tmp_path, run):
    status, printed, _ = run("import", GOLDEN, "--store", tmp_path / "x.duckdb", "--json")
    report = json.loads(printed)
    assert status == 0
    assert list(report)[: len(REPORT)] == REPORT
    assert {name: report[name] for name in ("blobs_seen", "blobs_read", "blobs_failed", "tuples", "rejected")} == {
        "blobs_seen": 3,
        "blobs_read": 3,
        "blobs_failed": 0,
        "tuples": 24,
        "rejected": 9,
    }
    assert report["bytes_read"] == sum(blob.stat().st_size for blob in GOLDEN.glob("*.json"))
    assert report["first"] == "2025-11-25T10:00:00Z"


def test_an_import_with_nothing_new_reads_nothing(store, run):
    status, printed, _ = run("import", GOLDEN, "--store", store, "--json")
    report = json.loads(printed)
    assert (status, report["blobs_seen"], report["bytes_read"], report["tuples"], report["rejected"]) == (0, 3, 0, 0, 0)
    assert (report["first"], report["last"]) == (None, None)


def test_exit_status_tells_all_some_or_none(tmp_path, run):
    logs = tmp_path / "logs"
    shutil.copytree(GOLDEN, logs)
    (logs / "page.json").write_text("<html>not a flow log</html>")
    status, printed, _ = run("import", logs, "--store", tmp_path / "a.duckdb", "--json")
    assert status == 1
    assert [failure["blob"].endswith("page.json") for failure in json.loads(printed)["failures"]] == [True]
    for golden in GOLDEN.glob("*.json"):
        (logs / golden.name).unlink()
    status, printed, _ = run("import", logs, "--store", tmp_path / "b.duckdb", "--json")
    assert (status, json.loads(printed)["blobs_failed"]) == (2, 1)
    status, printed, complaint = run("import", tmp_path / "nowhere", "--store", tmp_path / "c.duckdb", "--json")
    assert (status, json.loads(printed)["blobs_seen"]) == (2, 0)
    assert "nowhere" in complaint


def test_a_source_that_is_not_there_is_told_once_and_the_others_are_read(tmp_path, run):
    store = tmp_path / "x.duckdb"
    status, printed, complaint = run("import", tmp_path / "nowhere", "--store", store)
    assert (status, printed, "nowhere" in complaint) == (2, "", True)
    status, printed, _ = run("import", tmp_path / "nowhere", GOLDEN, "--store", store)
    assert (status, printed.startswith("Read ")) == (1, True)


def test_required_ports_and_denied_print_exactly_their_columns(store, run):
    status, printed, _ = run("required-ports", "--store", store)
    assert (status, printed.splitlines()[0]) == (0, REQUIRED)
    status, printed, _ = run("denied", "--store", store)
    assert (status, printed.splitlines()[0]) == (0, DENIED)
    status, printed, _ = run("flows", "--store", store)
    assert (status, printed.splitlines()[0].split(",")) == (0, list(single_columns()))
    assert len(rows(printed)) == 24


def test_required_ports_of_the_golden_blobs(store, run):
    ports = rows(run("required-ports", "--store", store)[1])
    assert not [row for row in ports if "PlatformRule" in row["rules"]]
    app = next(row for row in ports if row["port"] == "5432")
    assert (app["source"], app["destination"], app["protocol"]) == ("10.1.1.0/24", "10.1.2.0/24", "TCP")
    assert app["first_seen"] == "2025-11-25T10:00:00Z"


def test_ends_are_subnets_or_addresses(store, run, tmp_path):
    subnets = tmp_path / "subnets.csv"
    subnets.write_text("name,prefix\nfront,10.1.1.0/24\n")
    named = rows(run("required-ports", "--store", store, "--subnets", subnets, "--port", "5432")[1])
    assert {row["source"] for row in named} == {"front"}
    single = rows(run("required-ports", "--store", store, "--by", "address", "--port", "5432")[1])
    assert {row["source"] for row in single} >= {"10.1.1.4", "10.1.1.9"}
    assert not rows(run("required-ports", "--store", store, "--decision", "Denied")[1])


def test_csv_and_json_say_the_same(store, run):
    table = rows(run("denied", "--store", store)[1])
    objects = json.loads(run("denied", "--store", store, "--format", "json")[1])
    assert [{name: str(value) for name, value in row.items()} for row in objects] == table


def test_every_dimension_and_measure_can_be_summarized(store, run):
    measures = ",".join(MEASURES)
    for name in DIMENSIONS:
        status, printed, _ = run("summarize", "--store", store, "--by", name, "--measure", measures)
        assert (status, printed.splitlines()[0]) == (0, f"{name},{measures}")
        assert rows(printed)


def test_conditions_narrow_and_exclude(store, run):
    def count(*conditions: str) -> int:
        return len(rows(run("flows", "--store", store, *conditions)[1]))

    everything = count()
    assert count("--port", "22,3389") + count("--port", "!22", "--port", "!3389") == everything
    assert count("--decision", "denied") + count("--decision", "Allowed") == everything
    assert count("--where", "log_kind=VNet") == 10
    assert count("--src", "10.1.1.4", "--dst", "10.1.2.5") == count(
        "--src", "10.1.2.5", "--dst", "10.1.1.4", "--either-way"
    )
    assert count("--since", "2025-11-26") == 0
    assert count("--since", "-7d") in (0, everything)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("required-ports", "--store", "{tmp}/none.duckdb"), "import"),
        (("denied", "--store", "{store}", "--port", "http"), "not a port"),
        (("denied", "--store", "{store}", "--since", "soon"), "not a time"),
        (("summarize", "--store", "{store}", "--by", "colour"), "no dimension"),
        (("summarize", "--store", "{store}", "--measure", ""), "No measure"),
        (("flows", "--store", "{store}", "--where", "log_kind"), "Column 1: 'log_kind' is not a condition."),
        (("flows", "--store", "{store}", "--where", "src:web port:http"), "Column 14: 'http' is not a port."),
        (("flows", "--store", "{store}", "--where", "since:-2h", "--since", "-3h"), "since is given twice."),
        (("denied", "--store", "{store}", "--subnets", "{tmp}/none.csv"), "cannot be read"),
        (("denied", "--store", "{store}", "--workspace", "w"), "Both"),
        (("denied", "--workspace", "my-workspace"), "This is no workspace ID. It is a guid"),
        (("changes", "--store", "{store}", "--before", "x", "--after", "y"), "not a window"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(words, said, store, tmp_path, run):
    status, printed, complaint = run(*(word.format(store=store, tmp=tmp_path) for word in words))
    assert (status, printed) == (2, "")
    assert said in complaint
    assert complaint.startswith("nsgflow: ")
    assert complaint.count("\n") == 1


def test_a_reader_that_hangs_up_is_no_error(store):
    command = [sys.executable, "-m", "nsgflow_core", "flows", "--store", str(store)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as asked:
        assert asked.stdout is not None
        assert asked.stderr is not None
        asked.stdout.close()
        assert b"Traceback" not in asked.stderr.read()


def test_the_sample_as_files_is_the_sample(tmp_path, run):
    assert run("sample", tmp_path / "estate")[0] == 0
    first = tmp_path / "files.duckdb"
    assert run("import", tmp_path / "estate" / "flow-logs", "--store", first)[0] == 0
    again = json.loads(run("import", "sample", "--store", first, "--json")[1])
    assert (again["blobs_seen"] > 1000, again["bytes_read"], again["tuples"]) == (True, 0, 0)


def test_the_help_and_the_version_wait_for_no_pandas():
    """Importing it takes four times as long as the rest."""
    asks = "import sys; from nsgflow_core.__main__ import main\n"
    asks += "try: main([sys.argv[1]])\nexcept SystemExit: print('pandas' in sys.modules)"
    for word in ("--help", "--version"):
        said = subprocess.run([sys.executable, "-c", asks, word], cwd=ROOT, capture_output=True, text=True, check=True)
        assert said.stdout.splitlines()[-1] == "False"


def test_a_view_is_saved_listed_used_and_deleted(store, run):
    asked = ("--where", "log_kind:VNet !port:1")
    assert run("views", "--store", store, "--save", "VNet only", "--page", "denied", *asked)[0] == 0
    status, _, said = run("views", "--store", store, "--save", "vnet ONLY")
    assert (status, "saved as 'VNet only' already" in said) == (2, True)
    listed = rows(run("views", "--store", store)[1])
    assert listed[0] == {
        "name": "VNet only",
        "page": "denied",
        "where": "!port:1 log_kind:VNet",
        "link": "denied?port=%211&log_kind=VNet",
    }
    assert {row["name"] for row in listed} > {"Denied only"}
    viewed, typed = (rows(run("flows", "--store", store, *words)[1]) for words in (("--view", "vnet only"), asked))
    assert viewed == typed != []
    both = rows(run("flows", "--store", store, "--view", "Denied only", "--where", "log_kind:VNet")[1])
    assert all((row["decision"], row["log_kind"]) == ("Denied", "VNet") for row in both)
    assert run("views", "--store", store, "--delete", "VNet only")[0] == 0
    assert run("flows", "--store", store, "--view", "VNet only")[0] == 2


@pytest.mark.parametrize("words", [("denied",), ("required-ports",)])
def test_the_busiest_rows_and_no_more(words, store, run):
    every = [int(row["flows"]) for row in rows(run(*words, "--store", store)[1])]
    found = [int(row["flows"]) for row in rows(run(*words, "--limit", 1, "--store", store)[1])]
    assert len(every) > 1
    assert found == [max(every)]


@pytest.mark.parametrize("command", [each.name for each in COMMANDS])
def test_an_option_that_there_is_not_is_refused_in_one_line_that_says_where_they_are(command, capfd):
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--no-such-option"])
    said = capfd.readouterr().err
    assert ended.value.code == 2
    whys = ("unrecognized arguments: --no-such-option.", "the following arguments are required: ", "one of the")
    assert said.startswith(tuple(f"nsgflow {command}: {why}" for why in whys))
    assert said.endswith(f" nsgflow {command} --help lists what there is.\n")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("denid", "nsgflow: argument COMMAND: invalid choice: 'denid'. Did you mean denied? nsgflow --help"),
        ("rules drat", "nsgflow rules: argument COMMAND: invalid choice: 'drat'. Did you mean draft? nsgflow rules"),
        ("denied --formt csv", "nsgflow denied: unrecognized arguments: --formt csv. Did you mean --format? nsgflow"),
        ("denied --limt=3", "nsgflow denied: unrecognized arguments: --limt=3. Did you mean --limit? nsgflow denied"),
        ("changes --of source", "nsgflow changes: argument --of: invalid choice: 'source'. Did you mean sources?"),
        ("changes --of x", "nsgflow changes: argument --of: invalid choice: 'x' (choose from 'services', 'denials'"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_what_was_meant(words, meant, capfd):
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    said = capfd.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(meant)
    assert said.count("\n") == 1
