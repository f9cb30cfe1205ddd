"""The sample estate's topology as tables: VNets, subnets, VMs. Nothing in it exists anywhere.

Public addresses come from the documentation ranges (RFC 5737, RFC 3849), MAC addresses from the documentation
range 00-00-5E-00-53-xx (RFC 7042). docs/sample.md tells the story in words;
`sample_nsgs` holds the rules, `sample_services` the traffic.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

START = datetime(2026, 11, 16, tzinfo=UTC)
"""Monday, 00:00 UTC; the estate is logged for seven days from here."""
HOURS = 7 * 24
END = START + timedelta(hours=HOURS)
REGION = "westeurope"
SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def moment(text: str) -> int:
    """Minutes since START of a moment of the week, like "Wed 14:20"; "end" is the end of the week."""
    if text == "end":
        return HOURS * 60
    day, clock = text.split()
    hour, minute = clock.split(":")
    return (_DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)


class SampleVnet(NamedTuple):
    """A virtual network and the name of the flow log that is set on it."""

    name: str
    resource_group: str
    space: tuple[str, ...]
    flow_log_guid: str

    @property
    def flow_log(self) -> str:
        """The name that the portal gives: resource, resource group, `flowlog`."""
        return f"{self.name}-{self.resource_group}-flowlog"


class SampleSubnet(NamedTuple):
    """A subnet; `nsg` is "" where Azure allows none (firewall, gateway)."""

    name: str
    vnet: str
    prefixes: tuple[str, ...]
    nsg: str = ""


class SampleVm(NamedTuple):
    """A virtual machine with one NIC; `running` names the hours in which it runs (see RUNNING)."""

    name: str
    subnet: str
    address: str
    mac: str
    running: str = "always"
    address6: str = ""
    nic_nsg: str = ""


VNETS = (
    SampleVnet("vnet-hub", "rg-hub", ("10.10.0.0/16",), "00000000-0000-4000-8000-000000000201"),
    SampleVnet("vnet-shop", "rg-shop", ("10.20.0.0/16", "fd00:20::/48"), "00000000-0000-4000-8000-000000000202"),
    SampleVnet("vnet-erp", "rg-erp", ("10.30.0.0/16",), "00000000-0000-4000-8000-000000000203"),
    SampleVnet("vnet-dev", "rg-dev", ("10.40.0.0/16",), "00000000-0000-4000-8000-000000000204"),
)

SUBNETS = (
    SampleSubnet("AzureFirewallSubnet", "vnet-hub", ("10.10.0.0/26",)),
    SampleSubnet("GatewaySubnet", "vnet-hub", ("10.10.0.64/27",)),
    SampleSubnet("snet-jump", "vnet-hub", ("10.10.1.0/27",), "nsg-jump"),
    SampleSubnet("snet-domain", "vnet-hub", ("10.10.2.0/27",), "nsg-hub-services"),
    SampleSubnet("snet-monitoring", "vnet-hub", ("10.10.3.0/27",), "nsg-hub-services"),
    SampleSubnet("snet-backup", "vnet-hub", ("10.10.4.0/27",), "nsg-hub-services"),
    SampleSubnet("snet-shop-web", "vnet-shop", ("10.20.1.0/24", "fd00:20:0:1::/64"), "nsg-shop-web"),
    SampleSubnet("snet-shop-app", "vnet-shop", ("10.20.2.0/24",), "nsg-shop-app"),
    SampleSubnet("snet-shop-data", "vnet-shop", ("10.20.3.0/24",), "nsg-shop-data"),
    SampleSubnet("snet-shop-queue", "vnet-shop", ("10.20.4.0/24",), "nsg-shop-data"),
    SampleSubnet("snet-erp-app", "vnet-erp", ("10.30.1.0/24",), "nsg-erp-app"),
    SampleSubnet("snet-erp-data", "vnet-erp", ("10.30.2.0/24",), "nsg-erp-data"),
    SampleSubnet("snet-dev", "vnet-dev", ("10.40.1.0/24",), "nsg-dev"),
)

VMS = (
    SampleVm("vm-jump-01", "snet-jump", "10.10.1.4", "00005E005301", nic_nsg="nsg-jump-nic"),
    SampleVm("vm-dc-01", "snet-domain", "10.10.2.4", "00005E005302"),
    SampleVm("vm-mon-01", "snet-monitoring", "10.10.3.4", "00005E005303"),
    SampleVm("vm-backup-01", "snet-backup", "10.10.4.4", "00005E005304"),
    SampleVm("vm-shop-web-01", "snet-shop-web", "10.20.1.4", "00005E005311", address6="fd00:20:0:1::4"),
    SampleVm("vm-shop-web-02", "snet-shop-web", "10.20.1.5", "00005E005312", address6="fd00:20:0:1::5"),
    SampleVm("vm-shop-app-01", "snet-shop-app", "10.20.2.4", "00005E005321"),
    SampleVm("vm-shop-app-02", "snet-shop-app", "10.20.2.5", "00005E005322"),
    SampleVm("vm-shop-sql-01", "snet-shop-data", "10.20.3.4", "00005E005331"),
    SampleVm("vm-shop-cache-01", "snet-shop-data", "10.20.3.5", "00005E005332"),
    SampleVm("vm-shop-mq-01", "snet-shop-queue", "10.20.4.4", "00005E005341", "last day"),
    SampleVm("vm-erp-app-01", "snet-erp-app", "10.30.1.4", "00005E005351"),
    SampleVm("vm-erp-sql-01", "snet-erp-data", "10.30.2.4", "00005E005361"),
    SampleVm("vm-dev-01", "snet-dev", "10.40.1.4", "00005E005371", "office hours"),
    SampleVm("vm-dev-02", "snet-dev", "10.40.1.5", "00005E005372", "office hours"),
)

RUNNING: dict[str, frozenset[int]] = {
    "always": frozenset(range(HOURS)),
    "office hours": frozenset(day * 24 + hour for day in range(5) for hour in range(6, 20)),
    "last day": frozenset(range(6 * 24, HOURS)),
}
"""Hours since START in which a VM runs: dev machines are shut down at night, the queue broker is new on Sunday."""
