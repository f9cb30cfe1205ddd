"""What is a flow log by its path, and what is left out and counted: every shape that Azure and copies of it have."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.errors import SourceMissing
from nsgflow_core.sources.base import NSG_CONTAINER, VNET_CONTAINER
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.sources.left_out import HINTS, REASONS, why_left_out

HOUR = "y=2026/m=11/d=20/h=10/m=00"
SUBSCRIPTION = "resourceId=/SUBSCRIPTIONS/X/RESOURCEGROUPS/RG/PROVIDERS"
NSG = f"{SUBSCRIPTION}/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB"
FLOW_LOGS = (
    f"{NSG_CONTAINER}/{NSG}/{HOUR}/macAddress=0022486DBA37/PT1H.json",
    f"{VNET_CONTAINER}/flowLogResourceID=/X_NETWORKWATCHERRG/NW_FL/{HOUR}/macAddress=0022486DBA37/PT1H.json",
    f"{NSG}/{HOUR}/macAddress=0022486DBA37/PT1H.json",
    f"{NSG}/{HOUR}/PT1H.json",
    f"insights-backup/{NSG}/{HOUR}/macAddress=0022486DBA37/PT1H.json",
    f"insights-backup/flowLogResourceID=/X/NW_FL/{HOUR}/macAddress=0022486DBA37/PT1H.json",
    f"insights-logs-old/{NSG_CONTAINER}/{NSG}/{HOUR}/macAddress=0022486DBA37/PT1H.json",
    f"{VNET_CONTAINER}-copy/PT1H.json",
    f"{NSG_CONTAINER} (2)/PT1H.json",
    f"{NSG_CONTAINER.upper()}/PT1H.JSON",
    "PT1H.json",
    "export/denormalized.json",
    "insights/PT1H.json",
)
OTHER_LOGS = (
    *(
        f"insights-logs-{category}/{resource}/{HOUR}/PT1H.json"
        for category, resource in (
            ("auditevent", f"{SUBSCRIPTION}/MICROSOFT.KEYVAULT/VAULTS/KV"),
            ("networksecuritygroupevent", NSG),
            ("networksecuritygrouprulecounter", NSG),
            ("azurefirewallnetworkrule", f"{SUBSCRIPTION}/MICROSOFT.NETWORK/AZUREFIREWALLS/FW"),
            ("appservicehttplogs", f"{SUBSCRIPTION}/MICROSOFT.WEB/SITES/S"),
            ("signinlogs", "tenantId=11111111-1111-4111-8111-111111111111"),
            ("flowlogflowevents2", NSG),
        )
    ),
    f"insights-logs-networksecuritygroupevent/{NSG}/{HOUR}/macAddress=0022486DBA37/PT1H.json",
    f"insights-metrics-pt1m/{SUBSCRIPTION}/MICROSOFT.SQL/SERVERS/S/DATABASES/D/{HOUR}/PT1H.json",
    f"insights-activity-logs/resourceId=/SUBSCRIPTIONS/X/{HOUR}/PT1H.json",
    f"insights-operational-logs/name=default/resourceId=/SUBSCRIPTIONS/X/{HOUR}/PT1H.json",
    f"{SUBSCRIPTION}/MICROSOFT.KEYVAULT/VAULTS/KV/{HOUR}/PT1H.json",
    rf"C:\copy\insights-logs-auditevent\{SUBSCRIPTION}\PT1H.json",
    "INSIGHTS-LOGS-AUDITEVENT/PT1H.json",
)
EXPORTED = tuple(
    f"am-{table}/WorkspaceResourceId=/subscriptions/x/resourcegroups/rg/{HOUR}/{name}"
    for table, name in (("ntanetanalytics", "PT05M.json"), ("AzureNetworkAnalytics_CL", "PT05M_2.json"))
)
COMPRESSED = ("PT1H.json.gz", "a/PT1H.JSON.GZ", "PT1H.json.zip", "logs.tar.gz", "logs.tgz", "PT1H.json.zst", "x.7z")


@pytest.mark.parametrize("path", FLOW_LOGS)
def test_flow_logs_are_read(path: str) -> None:
    assert why_left_out(path) is None


@pytest.mark.parametrize(
    ("path", "words"),
    [(path, "not flow logs") for path in OTHER_LOGS]
    + [(path, "compressed") for path in COMPRESSED]
    + [(path, "exported by Log Analytics") for path in EXPORTED]
    + [(f"{FLOW_LOGS[1]}{end}", "under another name") for end in (".txt", ".bak", "l", " - Copy")]
    + [(FLOW_LOGS[0].removesuffix(".json"), "under another name")]
    + [("PT1H.csv", "CSV or Parquet"), ("part-0001.parquet", "CSV or Parquet")]
    + [(name, "unfinished copies") for name in ("PT1H.json.tmp", "x/.azDownload-8f-PT1H.json", "a.json.part")],
)
def test_others_are_left_out_with_what_to_do(path: str, words: str) -> None:
    assert why_left_out(path) == words
    assert HINTS[words].endswith(".")


def test_a_folder_counts_what_it_leaves_out(tmp_path: Path) -> None:
    for path in (*FLOW_LOGS[:2], *OTHER_LOGS[:3], *COMPRESSED[:2], "PT1H.csv", "README.txt", ".DS_Store"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"{}")
    listing = FolderSource(tmp_path).blobs()
    assert sorted(blob.location for blob in listing) == sorted(str(tmp_path / path) for path in FLOW_LOGS[:2])
    assert listing.left_out == {"not flow logs": 3, "compressed": 2, "CSV or Parquet": 1}
    assert list(listing.left_out) == [reason.words for reason in REASONS if reason.words in listing.left_out]


def test_a_folder_of_nothing_else_says_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "PT1H.json.gz").touch()
    with pytest.raises(SourceMissing, match=r"1 x compressed.*gunzip"):
        FolderSource(tmp_path).blobs()
    assert [blob.location for blob in FolderSource(tmp_path / "PT1H.json.gz").blobs()], "what is named is tried"


def test_the_folder_that_was_named_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "insights-logs-team").mkdir()
    (tmp_path / "insights-logs-team" / "PT1H.json").touch()
    assert len(FolderSource(tmp_path / "insights-logs-team").blobs()) == 1


@pytest.mark.parametrize(
    "front", [*(path.partition(f"/{HOUR}")[0] for path in (*FLOW_LOGS, *OTHER_LOGS)), "", "/", "a/y=2026"]
)
@pytest.mark.parametrize("behind", ["PT1H.json", "pt1h.JSON", "PT1H.json.gz", "insights-logs-x/PT1H.json", "x.csv"])
def test_what_many_blobs_have_in_common_is_told_as_of_each(front: str, behind: str) -> None:
    path = f"{front}/{HOUR}/macAddress=0022486DBA37/{behind}"
    lowered = path.replace("\\", "/").lower()
    assert why_left_out(path) == next((reason.words for reason in REASONS if reason.matches(lowered)), None)
    assert why_left_out(path.replace("/", "\\")) == why_left_out(path)


@pytest.mark.parametrize("behind", ["", f"/{VNET_CONTAINER}", f"/y=2026/{NSG_CONTAINER}"])
@pytest.mark.parametrize("front", ["", NSG_CONTAINER, f"{VNET_CONTAINER}/{NSG_CONTAINER}", "copy"])
def test_a_file_is_of_the_container_that_its_path_names_last(tmp_path: Path, front: str, behind: str) -> None:
    file = tmp_path / front / NSG / HOUR / f"macAddress=0022486DBA37{behind}" / "PT1H.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    (blob,) = FolderSource(tmp_path).blobs().blobs
    named = [part for part in file.parts if part in (NSG_CONTAINER, VNET_CONTAINER)]
    assert blob.container == (named[-1] if named else "")
