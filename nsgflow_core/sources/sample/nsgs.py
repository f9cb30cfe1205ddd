"""The sample estate's NSGs and their rules as tables, and the security admin rule above them."""

from __future__ import annotations

from typing import NamedTuple

from nsgflow_core.inventory.rule import DEFAULT_RULES

ADMIN_CONFIGURATION = "00000000-0000-4000-8000-000000000301"
ADMIN_CONFIGURATION_NAME = "avnm-security-baseline"
OFFICES = "172.16.8.0/22"
ADMINS = "203.0.113.8/29"
JUMP, DOMAIN, MONITORING, BACKUP = "10.10.1.0/27", "10.10.2.0/27", "10.10.3.0/27", "10.10.4.0/27"
WEB, APP = "10.20.1.0/24", "10.20.2.0/24"
RULE_CHANGE = "Wed 14:20"
"""When `deny-spokes-in` came to nsg-shop-data: meant for dev, it also cut off the ERP's reporting."""
NSG_LOGS_UNTIL = "Thu 12:00"
"""When the ERP spoke's old NSG flow logs were switched off; until then both kinds of log ran."""


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
_NO_OFFICES = SampleRule(
    "deny-offices", 310, "Inbound", "Deny", "*", OFFICES, "*", ("*",), "Offices use the application, nothing else"
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
            _FROM_JUMP,
            _NO_OFFICES,
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
            _NO_OFFICES,
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

DEFAULTS = tuple(
    SampleRule(
        *(rule.name, rule.priority, str(rule.direction), str(rule.access), rule.protocol),
        source=rule.sources[0],
        destination=rule.destinations[0],
        ports=tuple(str(ports) for ports in rule.destination_ports),
    )
    for rule in DEFAULT_RULES
)

ADMIN_RULE = SampleRule(
    *("BlockHighRiskTCPPortsFromInternet", 10, "Inbound", "Deny", "Tcp", "Internet", "*"),
    ("20", "21", "22", "23", "111", "119", "135", "161", "162", "445", "512-514", "593", "873", "2049", "3389", "5800"),
)
"""The security admin rule of Azure Virtual Network Manager; its network group holds vnet-shop alone."""
ADMIN_VNETS = frozenset({"vnet-shop"})
