"""The lines that close gaps are read by azure-cli, by a reader of Bicep and by python-hcl2, and mean what is wanted."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.coverage.closing import LANGUAGES, written
from nsgflow_core.coverage.closing.planning import wanted_logs
from nsgflow_core.coverage.closing.wanted import Verb, WantedLog, Wish
from nsgflow_core.coverage.kinds import GAP_KINDS, GapClosing
from nsgflow_core.coverage.truth import Truth, find_truth
from nsgflow_core.errors import BadFilter, InputError
from tests.coverage.estate import ACCOUNT, SUB, WORKSPACE, changed, estate, flow_log, vnet_id
from tests.coverage.test_gaps import seeded
from tests.parts.az import Az, words_of
from tests.parts.bicep_reader import read_bicep

OTHER = "bbbbbbbb-0000-4000-8000-00000000000b"
NASTY = "v00 '$(id)' \"x\" ${y} %{z} \u202e"


@pytest.fixture(scope="module")
def truth() -> Truth:
    """All that the files tell, without a store."""
    return find_truth(None, FlowFilter(), seeded()[0].inventory())


@pytest.fixture(scope="module")
def wanted(truth: Truth) -> tuple[WantedLog, ...]:
    return wanted_logs(truth.seen, truth.gaps, truth.steps, Wish(interval_minutes=60))


@pytest.fixture(scope="module")
def az() -> Iterator[Az]:
    started = Az()
    yield started
    started.close()


def test_each_flow_log_is_wanted_once_and_all_that_lines_can_close_is_closed(
    truth: Truth, wanted: tuple[WantedLog, ...]
) -> None:
    names = [log.name.casefold() for log in wanted]
    assert len(set(names)) == len(names)
    closed = {kind for log in wanted for kind in log.changes}
    assert closed == {gap.kind.key for gap in truth.gaps if gap.kind.closing is not GapClosing.NONE} - {"version-1"}
    assert {log.verb for log in wanted} == set(Verb)
    by_name = {log.name: log for log in wanted}
    assert by_name["v00-rg-flowlog"].target_id == vnet_id("v00")
    assert by_name["v13-rg-flowlog"].changes == {"nsg-log-alone"}, "one VNet flow log follows two of NSGs"
    assert by_name["v10-flowlog"].storage_id == ACCOUNT, "the account that the others of its region use"
    assert by_name["v09-flowlog"].workspace_id == WORKSPACE
    assert by_name["v05-flowlog"].interval_minutes == 10, "what is not a gap stays as it is"
    assert not by_name["nsg-v14-db-flowlog"].is_ready, "nothing was compared yet"


def lines_of(script: str) -> list[str]:
    """The az lines of a script, those behind a # too."""
    return [line.strip(" #") for line in script.splitlines() if line.strip(" #").startswith("az network")]


def test_az_reads_each_line_as_it_was_meant(wanted: tuple[WantedLog, ...], az: Az) -> None:
    script = written(wanted, "az")
    lines = lines_of(script)
    assert len(lines) == len(wanted)
    for log, line in zip(wanted, lines, strict=True):
        asked = az.request(words_of(line)[1:])
        assert "error" not in asked, asked
        if log.verb is Verb.CREATE:
            body = asked["content"]["properties"]
            assert asked["url"]["flowLogName"] == log.name
            assert asked["url"]["subscriptionId"] == log.subscription == SUB
            assert (asked["content"]["location"], body["enabled"]) == ("westeurope", True)
            assert (body["targetResourceId"], body["storageId"]) == (log.target_id, ACCOUNT)
            assert body["format"] == {"version": 2}
            assert body["retentionPolicy"] == {"days": 90, "enabled": True}
            analytics = body["flowAnalyticsConfiguration"]["networkWatcherFlowAnalyticsConfiguration"]
            assert (analytics["enabled"], analytics["trafficAnalyticsInterval"]) == (True, 60)
            assert analytics["workspaceResourceId"] == WORKSPACE
        elif log.verb is Verb.OFF:
            assert asked["content"]["enabled"] is False
        elif log.verb is Verb.CHANGE:
            assert asked["content"]["enabled"] is True
            assert asked["content"]["retention_policy"]["days"] == log.retention_days
    assert "usage" in script
    assert all(line.startswith("  ") for line in script.splitlines() if "az network" in line), "in a function"


def test_bicep_is_read_back_as_it_was_meant(wanted: tuple[WantedLog, ...]) -> None:
    resources = read_bicep(written(wanted, "bicep"))
    watchers = [each for each in resources if each[2]]
    assert [each[3] for each in watchers] == [{"name": "NetworkWatcher_westeurope"}]
    logs = {body["name"]: body for _, kind, is_there, body in resources if not is_there}
    expected = {log.name: log for log in wanted if log.verb in (Verb.CREATE, Verb.CHANGE)}
    assert logs.keys() == expected.keys()
    for name, body in logs.items():
        held, log = body["properties"], expected[name]
        assert body["parent"] == f"@{watchers[0][0]}"
        assert (held["targetResourceId"], held["storageId"]) == (log.target_id, log.storage_id)
        assert held["retentionPolicy"]["days"] == log.retention_days
        assert held["format"] == {"type": "JSON", "version": 2}
        assert "enabledFilteringCriteria" not in held
        told = held["flowAnalyticsConfiguration"]["networkWatcherFlowAnalyticsConfiguration"]
        assert told["trafficAnalyticsInterval"] == log.interval_minutes


def terraform(text: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = hcl2.load(io.StringIO(text))
    return found


def test_terraform_is_read_back_as_it_was_meant(wanted: tuple[WantedLog, ...]) -> None:
    read = terraform(written(wanted, "terraform"))
    logs = [body for block in read["resource"] for kind in block.values() for body in kind.values()]
    expected = {log.name: log for log in wanted if log.verb in (Verb.CREATE, Verb.CHANGE)}
    assert {body["name"].strip('"') for body in logs} == expected.keys()
    for body in logs:
        log = expected[body["name"].strip('"')]
        assert body["target_resource_id"].strip('"') == log.target_id
        assert body["version"] == 2
        (kept,), (analytics,) = body["retention_policy"], body["traffic_analytics"]
        assert kept["days"] == log.retention_days
        assert analytics["interval_in_minutes"] == log.interval_minutes
    imported = {block["id"].strip('"') for block in read["import"]}
    assert imported == {log.log_id for log in expected.values() if log.existing}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_no_file_tells_is_left_to_fill_in(language: str, az: Az) -> None:
    """Neither an account nor a workspace; two subscriptions; names that a shell or a template would run."""
    made = estate(2)
    made.logs.clear()
    made.accounts.clear()
    made.workspaces.clear()
    made.vnets["v01"] = changed(made.vnets["v01"], id=vnet_id("v01").replace(SUB, OTHER), location="North Europe")
    made.vnets["v00"] = changed(made.vnets["v00"], id=vnet_id(NASTY), name=NASTY, subnets=[])
    truth = find_truth(None, FlowFilter(), made.inventory())
    text = written(wanted_logs(truth.seen, truth.gaps, truth.steps, Wish()), language)
    if language == "az":
        assert ': "${STORAGE_NORTHEUROPE:?' in text
        assert ': "${WORKSPACE:?' in text
        for line in lines_of(text):
            filled = line.replace("$STORAGE_WESTEUROPE", ACCOUNT).replace("$STORAGE_NORTHEUROPE", ACCOUNT)
            assert "error" not in az.request(words_of(filled.replace("$WORKSPACE", WORKSPACE))[1:])
        assert "\u202e" not in text
    elif language == "bicep":
        files = text.split("// Written by nsgflow")[1:]
        assert len(files) == 2, "a file for each subscription"
        for each in files:
            assert "\nparam workspaceId string\n" in each
            body = "\n".join(line for line in each.splitlines()[1:] if not line.startswith("param "))
            assert read_bicep(body + "\n")
    else:
        read = terraform(text)
        assert {name.strip('"') for block in read["variable"] for name in block} == {
            "storage_westeurope", "storage_northeurope", "workspace_id",
        }  # fmt: skip
        assert len(read["provider"]) == 2
    comments = [line for line in text.splitlines() if line.strip()[:1] in ("#", "/")]
    assert not any("\u202e" in line for line in comments)
    assert "v00-id-x-y-z-rg-flowlog" in text, "a name that Azure takes"


@pytest.mark.parametrize(
    ("region", "cloud"),
    [("USGov Virginia", "usgovernment"), ("usdodeast", "usgovernment"), ("chinanorth3", "china"), ("uksouth", "")],
)
def test_terraform_signs_in_to_the_cloud_of_the_region(region: str, cloud: str) -> None:
    """By itself it goes to the public one, where none of these subscriptions is."""
    made = estate(1)
    made.logs.clear()
    made.vnets["v00"] = changed(made.vnets["v00"], location=region)
    truth = find_truth(None, FlowFilter(), made.inventory())
    read = terraform(written(wanted_logs(truth.seen, truth.gaps, truth.steps, Wish()), "terraform"))
    told = [body for block in read.get("provider", ()) for body in block.values()]
    assert [(each["environment"].strip('"'), each["subscription_id"].strip('"')) for each in told] == (
        [(cloud, SUB)] if cloud else []
    )


def test_a_region_of_a_file_is_no_command(tmp_path: Path) -> None:
    """What a variable of the script is to be set to told the region as it stood, in double quotes, which bash runs."""
    made, ran = estate(1), tmp_path / "ran"
    made.logs.clear()
    made.accounts.clear()
    made.vnets["v00"] = changed(made.vnets["v00"], location=f"$(touch\t{ran})")
    truth = find_truth(None, FlowFilter(), made.inventory())
    script = tmp_path / "close.sh"
    script.write_text(written(wanted_logs(truth.seen, truth.gaps, truth.steps, Wish()), "az"))
    assert subprocess.run(["bash", script], capture_output=True, check=False).returncode
    assert "STORAGE_" in script.read_text()
    assert not ran.exists()


def test_without_traffic_analytics_nothing_speaks_of_a_workspace() -> None:
    made = estate(1)
    del made.logs["v00"]
    truth = find_truth(None, FlowFilter(), made.inventory())
    for language in LANGUAGES:
        text = written(wanted_logs(truth.seen, truth.gaps, truth.steps, Wish(0, 0)), language)
        assert "law" not in text
        assert "orkspace" not in text


def test_a_filter_that_is_no_gap_of_this_deployment_stays(tmp_path: Path) -> None:
    made = estate(1)
    made.logs["v00"] = flow_log("v00-flowlog", vnet_id("v00"), recordTypes="B,E", enabledFilteringCriteria="a'b")
    truth = find_truth(None, FlowFilter(), made.inventory())
    gaps = [gap for gap in truth.gaps if gap.kind.key == "record-types"]
    (log,) = wanted_logs(truth.seen, gaps, truth.steps, Wish())
    (_, (_, _, _, body)) = read_bicep(written([log], "bicep"))
    assert body["properties"]["enabledFilteringCriteria"] == "a'b"
    assert "recordTypes" not in body["properties"]


def test_wishes_that_azure_cannot_grant_are_refused() -> None:
    for retention_days, interval_minutes in ((90, 30), (366, 10), (-1, 10)):
        with pytest.raises(InputError):
            Wish(retention_days, interval_minutes)
    with pytest.raises(BadFilter):
        written([], "pulumi")


def test_a_row_of_the_table_tells_all_that_a_kind_must_tell() -> None:
    for kind in GAP_KINDS.values():
        assert kind.says.format(subject="s", detail="d")
        assert all((kind.title, kind.hides, kind.found))
        assert kind.advice or not kind.weight.is_gap
