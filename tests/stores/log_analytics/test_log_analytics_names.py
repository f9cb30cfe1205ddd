"""Names as Traffic Analytics tells them: who stands at an end, the country, the tag of the list an address is in."""

from __future__ import annotations

import pytest

from nsgflow_core.analysis import traffic
from nsgflow_core.analysis.naming import with_names_behind
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import UnsupportedDimension
from tests.parts.workspace_rows import ask, cl, flows, nta

pytestmark = pytest.mark.usefixtures("stub_token")
PUBLIC = "203.0.113.9|2|2|3|4|100|200 203.0.113.99|1|1|1|1|10|20 198.51.100.7|1|1|1|1|10|20"
TAGS = "203.0.113.9 192.0.2.1|Storage.WestEurope, 203.0.113.99|Sql"


def answer(query: FlowQuery, **tables):
    found = ask(lambda store: store.fetch(query), **tables)
    return sorted(tuple(row) for row in found.itertuples(index=False))


def test_the_most_telling_name_of_each_end() -> None:
    rows = [
        nta(SrcVm="rg/vm-a", SrcNic="rg/vm-a-nic", DestNic="rg/db-nic", AllowedOutFlows=1),
        nta(SrcIp="10.1.1.5", SrcLoadBalancer="sub/rg/lb", DestVm="", AllowedOutFlows=1),
        nta(SrcIp="10.1.1.6", DestVm="", PrivateEndpointResourceId="/subscriptions/s/x/pe-sql", AllowedOutFlows=1),
    ]
    asked = FlowQuery(by=("src_ip", "source_name", "destination_name"))
    assert answer(asked, vnet=rows) == [
        ("10.1.1.4", "vm-a", "db-nic", 1),
        ("10.1.1.5", "lb", "", 1),
        ("10.1.1.6", "", "pe-sql", 1),
    ]
    old = [cl(VM1_s="rg/vm-a", NIC2_s="rg/db-nic", AllowedOutFlows_d=1.0)]
    assert answer(asked, nsg=old) == [("10.1.1.4", "vm-a", "db-nic", 1)]


def test_a_connection_that_one_end_alone_names_counts_once() -> None:
    out = nta(SrcVm="rg/vm-a", AllowedOutFlows=3)
    at_the_other_end = nta(FlowDirection="Inbound", DestVm="rg/vm-b", AllowedInFlows=3, MacAddress="00-0D-3A-00-00-01")
    asked = FlowQuery(by=("source_name", "destination_name"))
    assert answer(asked, vnet=[out, at_the_other_end]) == [("vm-a", "vm-b", 3)]


def test_tags_and_countries_are_of_the_public_end() -> None:
    row = nta(SrcIp="10.1.1.4", DestIp="", DestPublicIps=PUBLIC, DestServiceTags=TAGS, Country="de", AllowedOutFlows=4)
    asked = FlowQuery(by=("dst_ip", "service_tag", "country"))
    assert answer(asked, vnet=[row]) == [
        ("198.51.100.7", "", "DE", 1),
        ("203.0.113.9", "Storage.WestEurope", "DE", 2),
        ("203.0.113.99", "Sql", "DE", 1),
    ]
    only = FlowQuery(flows(service_tag="storage.westeurope", country="DE"), by=("dst_ip",))
    assert answer(only, vnet=[row]) == [("203.0.113.9", 2)]


def test_networks_are_refused_by_name_and_left_out_where_they_are_not_asked_for() -> None:
    with pytest.raises(UnsupportedDimension, match="tells countries and services, not networks"):
        answer(FlowQuery(by=("asn",)), vnet=[nta()])
    row = nta(SrcVm="rg/vm-a", Country="se", AllowedOutFlows=1)
    shown = ask(lambda store: with_names_behind(traffic.rows(RowsQuery()), store.unsupported).ask(store), vnet=[row])
    assert (shown["source_name"][0], shown["country"][0], shown["service"][0]) == ("vm-a", "SE", "ms-sql-s")
    assert "asn" not in shown
