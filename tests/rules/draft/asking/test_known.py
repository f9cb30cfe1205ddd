"""What a question can say of its flows: ends, services, days, of several groups at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nsgflow_core.rules.draft.asking.question import LISTED_PORTS, _known

NEW_YEAR = pd.Timestamp("2026-12-31T23:59:59.999999Z")
HOST, OTHER = ("10.0.1.4", "web"), ("10.0.2.8", "db")


def test_each_group_says_its_own_ends_services_and_days() -> None:
    rows = [
        (1, *HOST, *OTHER, "TCP", 443, 5, NEW_YEAR, "deny-a", NEW_YEAR, pd.NaT),
        (0, *HOST, "10.0.3.1", "db", "UDP", 53, 1, pd.Timestamp("2026-11-02", tz="UTC"), "", pd.NaT, pd.NaT),
        (0, "10.0.1.5", "web", *OTHER, "TCP", 22, 2, pd.Timestamp("2026-11-01", tz="UTC"), "", pd.NaT, pd.NaT),
        (0, "10.9.1.5", "jump", *OTHER, "ICMP", 0, 3, pd.NaT, "", pd.NaT, pd.NaT),
        *((2, *HOST, *OTHER, "TCP", 60_000 + at, 1, NEW_YEAR, "", pd.NaT, pd.NaT) for at in range(LISTED_PORTS + 1)),
    ]
    names = ["group", "src_ip", "src_label", "dst_ip", "dst_label", "protocol", "port", "flows", "last_seen"]
    flows = pd.DataFrame(rows, columns=[*names, "denied_by", "denied_since", "allowed_until"])
    for name in ("last_seen", "denied_since", "allowed_until"):
        flows[name] = pd.to_datetime(flows[name], utc=True).astype("datetime64[us, UTC]")
    flows = flows.astype({"src_label": "category", "protocol": "category"})
    assert _known(flows, flows["group"].to_numpy(dtype=np.int64)) == {
        "sources": ["3 sources", "1 source", "1 source"],
        "source": ["2 places", "10.0.1.4", "10.0.1.4"],
        "destinations": ["2 destinations", "1 destination", "1 destination"],
        "destination": ["db", "10.0.2.8", "10.0.2.8"],
        "total": [6, 5, 4],
        "flows": ["6 flows", "5 flows", "4 flows"],
        "services": ["ICMP and TCP 22 and UDP 53", "TCP 443", "4 TCP ports between 60000 and 60003"],
        "deny": ["", "deny-a", ""],
        "last_seen": ["2026-11-02 00:00 UTC", "2026-12-31 23:59 UTC", "2026-12-31 23:59 UTC"],
        "denied_since": ["", "2026-12-31 23:59 UTC", ""],
        "allowed_until": ["", "", ""],
    }
