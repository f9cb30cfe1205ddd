"""The sample estate as tables: VNets, subnets, VMs, NSGs and their rules. Nothing in it exists anywhere.

Public addresses come from the documentation ranges (RFC 5737, RFC 3849), MAC addresses from the documentation
range 00-00-5E-00-53-xx (RFC 7042). docs/sample.md tells the story in words.
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
ADMIN_CONFIGURATION = "00000000-0000-4000-8000-000000000301"
ADMIN_CONFIGURATION_NAME = "avnm-security-baseline"

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


class SampleRule(NamedTuple):
    """A security rule as Azure holds it; `since` is when it was added (before the week when "")."""

    name: str
    priority: int
    direction: str
    access: str
    protocol: str
    source: str | tuple[str, ...]
    destination: str | tuple[str, ...]
    ports: tuple[str, ...]
    description: str = ""
    since: str = ""


class SampleNsg(NamedTuple):
    """A network security group; `nsg_log` is the version of its old NSG flow log, 0 when it has none."""

    name: str
    resource_group: str
    guid: str
    rules: tuple[SampleRule, ...]
    nsg_log: int = 0


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

OFFICES = "172.16.8.0/22"
ADMINS = "203.0.113.8/29"
JUMP, DOMAIN, MONITORING, BACKUP = "10.10.1.0/27", "10.10.2.0/27", "10.10.3.0/27", "10.10.4.0/27"
WEB, APP = "10.20.1.0/24", "10.20.2.0/24"
RULE_CHANGE = "Wed 14:20"
"""When `deny-spokes-in` came to nsg-shop-data: meant for dev, it also cut off the ERP's reporting."""
NSG_LOGS_UNTIL = "Thu 12:00"
"""When the ERP spoke's old NSG flow logs were switched off; until then both kinds of log ran."""

_SCRAPE = SampleRule(
    "allow-scrape-from-monitoring", 200, "Inbound", "Allow", "Tcp", MONITORING, "*", ("9100", "9182"), "Node exporters"
)
_FROM_JUMP = SampleRule(
    "allow-admin-from-jump", 210, "Inbound", "Allow", "Tcp", JUMP, "*", ("22", "3389"), "SSH and RDP from the jump host"
)
_PROBES = SampleRule("allow-lb-probes", 190, "Inbound", "Allow", "Tcp", "AzureLoadBalancer", "*", ("443", "8443"))
_CLOSE = SampleRule(
    "deny-vnet-in", 4000, "Inbound", "Deny", "*", "VirtualNetwork", "VirtualNetwork", ("*",), "Closes AllowVnetInBound"
)
_ADMIN_SSH = SampleRule(
    "allow-ssh-admins", 100, "Inbound", "Allow", "Tcp", ADMINS, "*", ("22",), "Admins' office, public addresses"
)

NSGS = (
    SampleNsg("nsg-jump", "rg-hub", "00000000-0000-4000-8000-000000000101", (_ADMIN_SSH,)),
    SampleNsg("nsg-jump-nic", "rg-hub", "00000000-0000-4000-8000-000000000102", (_ADMIN_SSH,)),
    SampleNsg(
        "nsg-hub-services",
        "rg-hub",
        "00000000-0000-4000-8000-000000000103",
        (
            SampleRule(
                *("allow-domain-services", 100, "Inbound", "Allow", "*", "VirtualNetwork", DOMAIN),
                ("53", "88", "123", "135", "389", "464", "636"),
                "DNS, Kerberos, NTP, LDAP",
            ),
            SampleRule(
                *("allow-backup-agents", 110, "Inbound", "Allow", "Tcp", "VirtualNetwork", BACKUP),
                ("445", "10000"),
                "Nightly backups",
            ),
            _SCRAPE,
            _FROM_JUMP,
            _CLOSE,
        ),
    ),
    SampleNsg(
        "nsg-shop-web",
        "rg-shop",
        "00000000-0000-4000-8000-000000000104",
        (
            SampleRule("allow-https-internet", 100, "Inbound", "Allow", "Tcp", "Internet", "*", ("443",), "The shop"),
            SampleRule(
                *("allow-http-internet", 110, "Inbound", "Allow", "Tcp", "Internet", "*", ("80",)), "Redirect to HTTPS"
            ),
            SampleRule(
                *("allow-https-partner", 150, "Inbound", "Allow", "Tcp", "203.0.113.16/28", WEB, ("443",)),
                "Never decides: allow-https-internet comes first",
            ),
            _PROBES,
            _SCRAPE,
            _FROM_JUMP,
            _CLOSE,
            SampleRule("allow-app-out", 100, "Outbound", "Allow", "Tcp", WEB, APP, ("8443",), "Web to app tier"),
        ),
    ),
    SampleNsg(
        "nsg-shop-app",
        "rg-shop",
        "00000000-0000-4000-8000-000000000105",
        (
            SampleRule("allow-web-to-app", 100, "Inbound", "Allow", "Tcp", WEB, APP, ("8443",), "Web to app tier"),
            SampleRule(
                *("allow-legacy-ftp", 180, "Inbound", "Allow", "Tcp", "10.30.0.0/16", APP, ("20-21",)),
                "Order files, replaced in 2024",
            ),
            _PROBES,
            _SCRAPE,
            _FROM_JUMP,
            _CLOSE,
        ),
    ),
    SampleNsg(
        "nsg-shop-data",
        "rg-shop",
        "00000000-0000-4000-8000-000000000106",
        (
            SampleRule("allow-app-to-sql", 100, "Inbound", "Allow", "Tcp", APP, "10.20.3.0/24", ("1433",)),
            SampleRule("allow-app-to-cache", 110, "Inbound", "Allow", "Tcp", APP, "10.20.3.0/24", ("6379",)),
            SampleRule("allow-app-to-queue", 120, "Inbound", "Allow", "Tcp", APP, "10.20.4.0/24", ("5671",), "AMQPS"),
            _SCRAPE,
            _FROM_JUMP,
            SampleRule(
                *("deny-spokes-in", 400, "Inbound", "Deny", "*", "VirtualNetwork", "VirtualNetwork", ("*",)),
                "CHG-2207: keep dev out of the shop's data",
                since=RULE_CHANGE,
            ),
            SampleRule("allow-updates-out", 100, "Outbound", "Allow", "Tcp", "*", "Internet", ("443",)),
            SampleRule("deny-internet-out", 200, "Outbound", "Deny", "*", "*", "Internet", ("*",)),
        ),
    ),
    SampleNsg(
        "nsg-erp-app",
        "rg-erp",
        "00000000-0000-4000-8000-000000000107",
        (
            SampleRule(
                *("allow-office-https", 100, "Inbound", "Allow", "Tcp", OFFICES, "10.30.1.0/24", ("443",)),
                "ERP users in the offices, over the VPN gateway",
            ),
            SampleRule(
                *("temp-allow-rdp-any", 300, "Inbound", "Allow", "Tcp", "*", "*", ("3389",)),
                "CHG-1042 vendor access for go-live, remove afterwards",
            ),
        ),
        nsg_log=1,
    ),
    SampleNsg(
        "nsg-erp-data",
        "rg-erp",
        "00000000-0000-4000-8000-000000000108",
        (
            SampleRule(
                *("allow-erp-app-to-sql", 100, "Inbound", "Allow", "Tcp", "10.30.1.0/24", "10.30.2.0/24", ("1433",)),
                "ERP database",
            ),
            _SCRAPE,
        ),
        nsg_log=2,
    ),
    SampleNsg(
        "nsg-dev",
        "rg-dev",
        "00000000-0000-4000-8000-000000000109",
        (
            _FROM_JUMP,
            SampleRule("deny-smtp-out", 100, "Outbound", "Deny", "Tcp", "*", "Internet", ("25",), "No mail from dev"),
        ),
    ),
)

DEFAULT_RULES = (
    SampleRule("AllowVnetInBound", 65000, "Inbound", "Allow", "*", "VirtualNetwork", "VirtualNetwork", ("*",)),
    SampleRule("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "*", "AzureLoadBalancer", "*", ("*",)),
    SampleRule("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*", "*", ("*",)),
    SampleRule("AllowVnetOutBound", 65000, "Outbound", "Allow", "*", "VirtualNetwork", "VirtualNetwork", ("*",)),
    SampleRule("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "*", "Internet", ("*",)),
    SampleRule("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*", "*", ("*",)),
)

ADMIN_RULE = SampleRule(
    *("BlockHighRiskTCPPortsFromInternet", 10, "Inbound", "Deny", "Tcp", "Internet", "*"),
    ("20", "21", "22", "23", "111", "119", "135", "161", "162", "445", "512-514", "593", "873", "2049", "3389", "5800"),
)
"""The security admin rule of Azure Virtual Network Manager; its network group holds vnet-shop alone."""
ADMIN_VNETS = frozenset({"vnet-shop"})
