"""Flow logs of one VNet that grow hour by hour, with the services and the denials that a test wants."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from nsgflow_core.credentials import TypedBy
from nsgflow_core.watch.opening import Lends
from tests.estates.records import vnet_record

PATH = "flowLogResourceID=/S_RG/{log}/y={y}/m={m:02}/d={d:02}/h={h:02}/m=00/macAddress=00005E005301/PT1H.json"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def write_hour(
    folder: Path, hour: datetime, *, log: str = "LOG-A", allowed: tuple[str, ...] = (), denied: tuple[str, ...] = ()
) -> None:
    """`allowed` are destinations like "10.0.2.1:443", `denied` are sources."""
    at = int(hour.timestamp() * 1000)
    lines = []
    for number, end in enumerate(allowed):
        address, port = end.split(":")
        lines.append(f"{at + number},10.0.1.4,{address},50000,{port},6,I,B,NX,0,0,0,0")
    lines += [f"{at + 500 + n},{source},10.0.2.1,50000,22,6,I,D,NX,0,0,0,0" for n, source in enumerate(denied)]
    record = vnet_record(lines, rule="rule", acl="aaaa", macAddress="00005E005301")
    path = folder / PATH.format(log=log, y=hour.year, m=hour.month, d=hour.day, h=hour.hour)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"records": [record]}))


def owner() -> Lends:
    """What a process opens for whoever owns it."""
    return Lends.to(TypedBy.OWN)


def others() -> Lends:
    """What it opens for everybody else."""
    return Lends.to(TypedBy.SHARED)
