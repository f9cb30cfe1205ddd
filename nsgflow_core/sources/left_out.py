"""Which files beside flow logs are left out, why, and what to do about it: one row per reason.

Azure gives the blobs of all diagnostic logs one name, PT1H.json; what tells them apart is the path: containers
`insights-logs-CATEGORY` and `insights-metrics-pt1m`, then `resourceId=` (or `tenantId=`, `WorkspaceResourceId=`) and
the hour. Flow logs alone have `macAddress=` or `flowLogResourceID=` in it (Microsoft Learn, "Send Azure resource logs
to Azure Storage", "NSG flow logs overview", "VNet flow logs").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from nsgflow_core.sources.base import CONTAINERS, BlobInfo
from nsgflow_core.sources.logs import hour_start

OTHER_LOG = "not flow logs"
PARQUET, IS_TABLE = ".parquet", "CSV or Parquet"
MANIFEST = "_nsgflow.json"
"""Of an export: Spark, Hive and DuckDB take no file whose name begins so for data."""
_LINES = re.compile(r"WorkspaceResourceId=.*/y=\d{4}/.*/PT\d+[HM](_\d+)?\.json$", re.IGNORECASE)
_TRAFFIC_ANALYTICS = re.compile(r"(?:^|/)am-(?:ntanetanalytics|azurenetworkanalytics_cl)/.*pt\d+[hm](?:_\d+)?\.json$")
_RENAMED = re.compile(r"/y=\d{4}/m=\d\d/d=\d\d/h=\d\d/m=\d\d/macaddress=[^/]*/pt1h[^/]*(?<!\.json)$")
_AZURE_LOG = re.compile(r"insights-(?:logs|metrics)-")
_LOG_FOLDER = re.compile(r"insights-[a-z]")
_OTHER_RESOURCE = re.compile(r"(?:^|/)(?:resourceid|tenantid|workspaceresourceid)=.*?/y=\d{4}/m=\d\d/")
_NSG = re.compile(r"/networksecuritygroups/[^/]+/y=\d{4}/")
_A_BLOB = re.compile(r"/y=\d{4}/m=\d\d/d=\d\d/h=\d\d/m=\d\d/macaddress=[0-9a-f-]{12,17}/pt1h\.json")
_FLOW_CONTAINER = re.compile(rf"(?:{'|'.join(CONTAINERS)})(?![a-z])")


@dataclass(frozen=True, slots=True)
class LeftOutReason:
    """Why a file is left out."""

    words: str
    matches: Callable[[str], bool]
    """Tells by the path, in lower case and with slashes."""
    hint: str


def _names_another_log(path: str) -> bool:
    if "flowlogresourceid=" in path:
        return False
    has_mac = "macaddress=" in path
    begins = [found.start() for found in (_AZURE_LOG if has_mac else _LOG_FOLDER).finditer(path)]
    named = [begin for begin in begins if begin == 0 or path[begin - 1] == "/"]
    if named:
        return not _FLOW_CONTAINER.match(path, named[-1])
    return not has_mac and bool(_OTHER_RESOURCE.search(path)) and not _NSG.search(path)


def _ends(*ends: str) -> Callable[[str], bool]:
    return lambda path: path.endswith(ends)


def _is_unfinished(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith(".azdownload-") or name.endswith((".json.tmp", ".json.part", ".json.crdownload"))


REASONS: tuple[LeftOutReason, ...] = (
    LeftOutReason(
        "exported by Log Analytics",
        lambda path: bool(_TRAFFIC_ANALYTICS.search(path)),
        "Ask them where they lie: --lake FOLDER with any question, or Connect, Parquet folder.",
    ),
    LeftOutReason(OTHER_LOG, _names_another_log, "They are logs of another kind, as their paths or their records say."),
    LeftOutReason("unfinished copies", _is_unfinished, "Copy them again, to the end."),
    LeftOutReason(
        "compressed",
        _ends(".gz", ".tgz", ".zip", ".bz2", ".xz", ".zst", ".7z"),
        "Decompress them ('gunzip' for .gz), then import the .json files.",
    ),
    LeftOutReason(
        "under another name",
        lambda path: bool(_RENAMED.search(path)),
        "In the folder of an hour a flow log is called PT1H.json: give them that name, or one that ends in .json.",
    ),
    LeftOutReason(
        IS_TABLE,
        _ends(".csv", PARQUET),
        "Import the PT1H.json blobs that the storage account holds; Parquet of an export by a folder of its own.",
    ),
)
"""The first that matches counts."""

HINTS: Mapping[str, str] = {reason.words: reason.hint for reason in REASONS}


def why_left_out(path: str) -> str | None:
    """The words of the reason; None for a file that is not left out for one of them."""
    lowered = path.replace("\\", "/").lower()
    end = hour_start(lowered)
    return _why_of(lowered[:end]) if _A_BLOB.fullmatch(lowered, max(end, 0)) else _why(lowered)


@lru_cache(1 << 12)
def _why_of(before: str) -> str | None:
    """The same of a flow log's blob, which what stands before its hour tells: that many have in common."""
    return _why(f"{before}/y=2026/m=01/d=01/h=00/m=00/macaddress=000000000000/pt1h.json")


def _why(lowered: str) -> str | None:
    return next((reason.words for reason in REASONS if reason.matches(lowered)), None)


def is_log(path: str) -> bool:
    """True for a file that may be a flow log by its name: JSON, but for the list of an export."""
    return path[-len(".json") :].lower() == ".json" and not path.endswith(MANIFEST)


def is_table(path: str) -> bool:
    """True for Parquet, and for what a data export rule of Log Analytics writes; not for what readers pass over."""
    name = path.rpartition("/")[2]
    return not name.startswith(("_", ".")) and (name.endswith(PARQUET) or bool(_LINES.search(path)))


def describe_left_out(left_out: Mapping[str, int]) -> list[str]:
    """A sentence per reason: how many, why, and what to do."""
    return [f"{count:,} x {words}. {HINTS[words]}" for words, count in left_out.items()]


@dataclass(frozen=True)
class Listing:
    """What a source found: its flow-log blobs, in order, and how many files were left out, by reason."""

    blobs: tuple[BlobInfo, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    tables: tuple[BlobInfo, ...] = ()
    """Of a container: Parquet and what Log Analytics exported, which a lake is made of."""

    def __iter__(self) -> Iterator[BlobInfo]:
        return iter(self.blobs)

    def __len__(self) -> int:
        return len(self.blobs)

    @classmethod
    def of(cls, blobs: Iterable[BlobInfo]) -> Listing:
        """A listing as it is, or plain blobs of a source that leaves nothing out."""
        return blobs if isinstance(blobs, cls) else cls(tuple(blobs))


def count_reasons(reasons: Iterable[str]) -> dict[str, int]:
    """Files by reason, in the order of REASONS."""
    counted = Counter(reasons)
    return {words: counted[words] for words in HINTS if counted[words]}
