"""Which hosts of a draft manage others all over the store. One draft sees one place of them, so the store is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.rules.draft.jump_hosts.jump_host import JumpHost, Reached, Service
from nsgflow_core.rules.draft.seen.evidence import SHORT_WINDOW_DAYS
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY, cell_rows
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.guarded_ports import REMOTE_SHELLS
from nsgflow_core.words.prefixes import NOT_INSIDE
from nsgflow_core.words.vocabulary import Decision

LEAST_HOSTS, LEAST_PLACES = 5, 3
"""Fewer, or in fewer labels, are somebody's own servers."""
ONCE = 0.5
"""At least such a share of them was met on one day alone: else tomorrow's are those of today."""
_SERVICE_OF_HOST = ["src_ip", "protocol", "port"]
_HERE = [*_SERVICE_OF_HOST, "dst_label"]


def jump_hosts(
    store: FlowStore, flow_filter: FlowFilter, flows: pd.DataFrame, tokens: AddressTokens, window_days: int
) -> tuple[JumpHost, ...]:
    """The hosts inside that the drafted `flows` show opening a remote shell somewhere, and the store on many others.

    The store is asked only where such a flow came on one day alone, for that is what new ones come from. A window of
    fewer than SHORT_WINDOW_DAYS days says nothing of days.
    """
    shells = flows[_may_be(flows, tokens)]
    on_one_day = shells["first_seen"].dt.floor("D") == shells["last_seen"].dt.floor("D")
    if window_days < SHORT_WINDOW_DAYS or not on_one_day.any():
        return ()
    hosts = sorted({str(host) for host in shells.loc[on_one_day, "src_ip"]})
    reached = _reached(_met(store, flow_filter, hosts), tokens.label)
    here = shells.groupby(_HERE, observed=True, sort=True)["dst_ip"].nunique()
    return tuple(_at(here, reached))


def _at(here: pd.Series[int], reached: dict[tuple[str, Service], Reached]) -> Iterator[JumpHost]:
    for host, protocol, port, label, count in here.reset_index().itertuples(index=False, name=None):
        service = str(protocol), int(port)
        whole = reached.get((str(host), service))
        if whole is not None and _is_spread(whole):
            yield JumpHost(str(host), str(label), service, int(count), whole)


def _is_spread(whole: Reached) -> bool:
    return whole.hosts >= LEAST_HOSTS and whole.places >= LEAST_PLACES and whole.once >= ONCE * whole.hosts


def _may_be(flows: pd.DataFrame, tokens: AddressTokens) -> NDArray[np.bool_]:
    """Flows to a remote shell, between hosts inside, which are no scan, to a label that may stand for its hosts."""
    ports = {port for _, port in REMOTE_SHELLS}
    found = flows["port"].isin(ports) & (flows["protocol"] == "TCP") & (flows["scan"] == 0)
    for side in ("src", "dst"):
        found &= ~flows[f"{side}_label"].isin(NOT_INSIDE)
    stands = [str(label) for label in flows.loc[found, "dst_label"].unique() if tokens.can_stand(str(label))]
    is_one: NDArray[np.bool_] = (found & flows["dst_label"].isin(stands)).to_numpy(bool)
    return is_one


def _met(store: FlowStore, flow_filter: FlowFilter, hosts: list[str]) -> pd.DataFrame:
    """Whom these hosts tried a remote shell on, wherever that was logged: FLOW_KEY, day, decision, flows, answers."""
    asked = required_ports.decided_by_rules(flow_filter).where("src_ip", *hosts).where("protocol", "TCP")
    asked = asked.where("port", *(str(port) for _, port in sorted(REMOTE_SHELLS)))
    return cell_rows(
        store.fetch(FlowQuery(asked, by=(*FLOW_KEY, "day", "decision"), measures=("flows", "dst_to_src_packets")))
    )


def _reached(met: pd.DataFrame, label: Callable[[str], str]) -> dict[tuple[str, Service], Reached]:
    """What each host and service reached."""
    found: dict[tuple[str, Service], Reached] = {}
    for of, tried in met.groupby(_SERVICE_OF_HOST, observed=True, sort=False):
        host, protocol, port = cast(tuple[str, str, int], of)
        allowed = tried[tried["decision"] == Decision.ALLOWED]
        days = allowed.groupby("dst_ip", observed=True)["day"].nunique()
        answers = allowed.groupby("dst_ip", observed=True)["dst_to_src_packets"].sum()
        denied = tried.loc[tried["decision"] == Decision.DENIED, "dst_ip"]
        found[str(host), (str(protocol), int(port))] = Reached(
            hosts=len(days),
            places=len({label(str(each)) for each in days.index}),
            once=int((days == 1).sum()),
            days=int(allowed["day"].nunique()),
            refused=int(denied.nunique()),
            silent=int((answers == 0).sum()) if bool((answers > 0).any()) else 0,
        )
    return found
