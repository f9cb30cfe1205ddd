"""Who talks to whom in the sample estate, when and how much: one row per service, the schedule included."""

from __future__ import annotations

from typing import NamedTuple

from nsgflow_core.sources.sample.estate import VMS
from nsgflow_core.sources.sample.nsgs import RULE_CHANGE

TCP, UDP = 6, 17


class Rhythm(NamedTuple):
    """Connections an hour at the peak, from one random source to one random destination each.

    `shape` is the share of the peak for each hour of the day, `weekend` that of Saturday and Sunday, in percent.
    """

    per_hour: int
    shape: tuple[int, ...]
    weekend: int


class Every(NamedTuple):
    """One connection for every pair of source and destination, every so many minutes from a minute of the hour."""

    minutes: int
    offset: int = 0


class At(NamedTuple):
    """One connection for every pair at each of these moments."""

    moments: tuple[str, ...]


class SampleService(NamedTuple):
    """Connections of one purpose. `seconds`, `sent` and `returned` (bytes) are from..to."""

    name: str
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: tuple[int, ...]
    when: Rhythm | Every | At
    seconds: tuple[int, int] = (1, 30)
    sent: tuple[int, int] = (500, 4_000)
    returned: tuple[int, int] = (1_000, 40_000)
    protocol: int = TCP
    since: str = "Mon 00:00"
    until: str = "end"


OFFICE = (2, 2, 1, 1, 1, 3, 12, 40, 80, 100, 95, 90, 70, 90, 95, 90, 80, 55, 30, 18, 12, 8, 5, 3)
SHOPPERS = (15, 8, 5, 4, 4, 8, 20, 40, 60, 75, 80, 85, 90, 80, 75, 75, 80, 85, 90, 100, 95, 75, 45, 25)
FLAT = (100,) * 24

POOLS: dict[str, tuple[str, ...]] = {
    "customers": tuple(f"203.0.113.{n}" for n in range(16, 251)),
    "customers over IPv6": tuple(f"2001:db8:cafe:{n:x}::1" for n in range(1, 41)),
    "admins": tuple(f"203.0.113.{n}" for n in range(9, 13)),
    "scanners": tuple(f"198.51.100.{n}" for n in range(70, 200)),
    "sweep": tuple(f"198.51.100.{n}" for n in range(208, 212)),
    "stubborn": ("198.51.100.66",),
    "vendor": ("198.51.100.23",),
    "offices": tuple(f"172.16.{net}.{n}" for net in (8, 9) for n in range(20, 50)),
    "spreadsheet": ("172.16.9.41",),
    "probes": ("168.63.129.16",),
    "azure dns": ("168.63.129.16",),
    "metadata": ("169.254.169.254",),
    "updates": ("192.0.2.10", "192.0.2.11"),
    "payments": ("192.0.2.20", "192.0.2.21"),
    "saas": tuple(f"192.0.2.{n}" for n in range(30, 38)),
    "public ntp": ("192.0.2.123",),
    "partner sftp": ("192.0.2.77",),
    "public mail": ("192.0.2.25",),
    "web over IPv6": tuple(vm.address6 for vm in VMS if vm.address6),
    "web": tuple(vm.address for vm in VMS if vm.subnet == "snet-shop-web"),
    "app": tuple(vm.address for vm in VMS if vm.subnet == "snet-shop-app"),
    "shop": tuple(vm.address for vm in VMS if vm.subnet.startswith("snet-shop")),
    "shop data": tuple(vm.address for vm in VMS if vm.subnet == "snet-shop-data"),
    "erp": tuple(vm.address for vm in VMS if vm.subnet.startswith("snet-erp")),
    "dev": tuple(vm.address for vm in VMS if vm.subnet == "snet-dev"),
    "monitored": tuple(vm.address for vm in VMS if vm.name != "vm-mon-01"),
    "members": tuple(vm.address for vm in VMS if vm.name != "vm-dc-01"),
    "administered": tuple(vm.address for vm in VMS if vm.name != "vm-jump-01"),
    "everything": tuple(vm.address for vm in VMS),
    "faces the internet": ("10.20.1.4", "10.20.1.5", "10.10.1.4", "10.40.1.4"),
} | {vm.name: (vm.address,) for vm in VMS}
"""Names of groups of addresses, and of every VM. The private addresses come from the VM table."""

SCAN_PORTS = (22, 22, 22, 23, 23, 23, 445, 445, 3389, 3389, 3389, 8080, 8080, 5900, 1433, 6379, 2375, 5060, 9200, 81)
"""What scanners try; a port that stands here three times is tried three times as often."""

SERVICES = (
    # The shop
    SampleService(
        *("shop over HTTPS", ("customers",), ("web",), (443,), Rhythm(230, SHOPPERS, 55)),
        seconds=(2, 90),
        sent=(900, 9_000),
        returned=(20_000, 2_400_000),
    ),
    SampleService(
        *("shop over HTTPS, IPv6", ("customers over IPv6",), ("web over IPv6",), (443,), Rhythm(25, SHOPPERS, 55)),
        seconds=(2, 90),
        sent=(900, 9_000),
        returned=(20_000, 2_400_000),
    ),
    SampleService(
        "redirect to HTTPS", ("customers",), ("web",), (80,), Rhythm(14, SHOPPERS, 55), (1, 3), (400, 900), (300, 800)
    ),
    SampleService(
        *("web to app", ("web",), ("app",), (8443,), Rhythm(85, SHOPPERS, 55)),
        seconds=(5, 280),
        sent=(4_000, 60_000),
        returned=(20_000, 900_000),
    ),
    SampleService(
        *("app to SQL", ("app",), ("vm-shop-sql-01",), (1433,), Rhythm(7, SHOPPERS, 55)),
        seconds=(600, 2_900),
        sent=(80_000, 3_000_000),
        returned=(400_000, 30_000_000),
    ),
    SampleService(
        *("app to cache", ("app",), ("vm-shop-cache-01",), (6379,), Every(120, 7)),
        seconds=(7_000, 7_190),
        sent=(500_000, 6_000_000),
        returned=(900_000, 20_000_000),
    ),
    SampleService(
        "payments", ("app",), ("payments",), (443,), Rhythm(18, SHOPPERS, 55), (2, 20), (2_000, 8_000), (3_000, 9_000)
    ),
    SampleService(
        *("app to queue, new on the last day", ("app",), ("vm-shop-mq-01",), (5671,), Every(20, 4)),
        seconds=(600, 1_190),
        sent=(20_000, 900_000),
        returned=(8_000, 200_000),
        since="Sun 08:00",
    ),
    SampleService("web probes", ("probes",), ("web",), (443,), Every(15), (1, 1), (300, 301), (900, 901)),
    SampleService("app probes", ("probes",), ("app",), (8443,), Every(15), (1, 1), (300, 301), (900, 901)),
    # The ERP
    SampleService(
        *("ERP users", ("offices",), ("vm-erp-app-01",), (443,), Rhythm(60, OFFICE, 8)),
        seconds=(20, 900),
        sent=(3_000, 60_000),
        returned=(20_000, 1_500_000),
    ),
    SampleService("office spreadsheet", ("spreadsheet",), ("vm-erp-sql-01",), (1433,), Rhythm(6, OFFICE, 0)),
    SampleService("office file share", ("offices",), ("vm-erp-app-01",), (445, 445, 139), Rhythm(3, OFFICE, 10)),
    SampleService(
        *("ERP app to SQL", ("vm-erp-app-01",), ("vm-erp-sql-01",), (1433,), Rhythm(8, OFFICE, 25)),
        seconds=(400, 2_500),
        sent=(90_000, 4_000_000),
        returned=(900_000, 40_000_000),
    ),
    SampleService(
        *("ERP reporting from the shop", ("vm-erp-app-01",), ("vm-shop-sql-01",), (1433,), Every(15, 5)),
        seconds=(20, 90),
        sent=(4_000, 20_000),
        returned=(200_000, 4_000_000),
        until=RULE_CHANGE,
    ),
    SampleService(
        *("ERP reporting, retrying", ("vm-erp-app-01",), ("vm-shop-sql-01",), (1433,), Every(4, 1)),
        since=RULE_CHANGE,
    ),
    SampleService(
        *("invoice run", ("vm-erp-app-01",), ("partner sftp",), (22,), At(("Fri 02:00",))),
        seconds=(2_410, 2_411),
        sent=(1_900_000_000, 2_000_000_000),
        returned=(30_000_000, 31_000_000),
    ),
    SampleService(
        *("forgotten RDP", ("vendor",), ("vm-erp-app-01",), (3389,)),
        At(("Tue 22:41", "Tue 23:58", "Thu 03:12", "Sat 02:47", "Sun 03:05")),
        seconds=(300, 2_400),
        sent=(200_000, 900_000),
        returned=(2_000_000, 30_000_000),
    ),
    # Dev
    SampleService(
        *("dev to ERP data", ("vm-dev-02",), ("vm-erp-sql-01",), (22,), At(("Tue 19:12", "Thu 19:31", "Fri 18:54"))),
        seconds=(60, 900),
        sent=(9_000, 90_000),
        returned=(90_000, 9_000_000),
    ),
    SampleService("dev to shop SQL", ("dev",), ("vm-shop-sql-01",), (1433,), Rhythm(3, OFFICE, 0), (5, 240)),
    SampleService("dev to shop app", ("dev",), ("app",), (8443,), Rhythm(4, OFFICE, 0)),
    SampleService("dev mail", ("vm-dev-02",), ("public mail",), (25,), Every(60, 17)),
    SampleService(
        "dev packages", ("dev",), ("saas",), (443,), Rhythm(25, OFFICE, 0), (1, 60), (900, 9_000), (9_000, 9_000_000)
    ),
    SampleService("dev Azure DNS", ("dev",), ("azure dns",), (53,), Every(10, 2), (1, 2), (80, 120), (120, 400), UDP),
    # The hub
    SampleService("DNS", ("members",), ("vm-dc-01",), (53,), Every(60), (1, 2), (140, 700), (300, 2_000), UDP),
    SampleService(
        "DNS forwarding", ("vm-dc-01",), ("azure dns",), (53,), Every(5, 1), (1, 2), (300, 2_000), (900, 5_000), UDP
    ),
    SampleService("NTP", ("members",), ("vm-dc-01",), (123,), Every(240, 20), (1, 2), (76, 77), (76, 77), UDP),
    SampleService(
        "Kerberos", ("shop data", "erp", "dev"), ("vm-dc-01",), (88,), Every(240, 40), (1, 3), (1_500, 4_000)
    ),
    SampleService("LDAP", ("shop data", "erp", "dev"), ("vm-dc-01",), (389,), Every(120, 40), (1, 20), (1_500, 9_000)),
    SampleService("metadata", ("everything",), ("metadata",), (80,), Every(720, 20), (1, 2), (300, 400), (900, 2_000)),
    SampleService("metrics", ("vm-mon-01",), ("monitored",), (9100,), Every(60), (2, 5), (600, 900), (40_000, 90_000)),
    SampleService("admins", ("admins",), ("vm-jump-01",), (22,), Rhythm(4, OFFICE, 5), (300, 3_000), (9_000, 200_000)),
    SampleService(
        *("administration", ("vm-jump-01",), ("administered",), (22, 22, 3389), Rhythm(6, OFFICE, 5)),
        seconds=(60, 2_400),
        sent=(9_000, 90_000),
        returned=(90_000, 2_000_000),
    ),
    SampleService(
        *("nightly backup", ("shop", "erp"), ("vm-backup-01",), (10000,)),
        At(tuple(f"{day} 01:10" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))),
        seconds=(1_800, 7_000),
        sent=(400_000_000, 9_000_000_000),
        returned=(4_000_000, 90_000_000),
    ),
    SampleService(
        *("SQL backup", ("vm-shop-sql-01", "vm-erp-sql-01"), ("vm-backup-01",), (445,)),
        At(tuple(f"{day} 23:05" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))),
        seconds=(900, 2_600),
        sent=(2_000_000_000, 20_000_000_000),
        returned=(9_000_000, 90_000_000),
    ),
    # Out to the internet
    SampleService(
        "telemetry", ("everything",), ("saas",), (443,), Rhythm(30, FLAT, 100), (1, 20), (900, 20_000), (900, 9_000)
    ),
    SampleService(
        *("patch night", ("everything",), ("updates",), (443,), Every(15, 3)),
        seconds=(60, 800),
        sent=(20_000, 900_000),
        returned=(20_000_000, 400_000_000),
        since="Tue 20:00",
        until="Tue 23:00",
    ),
    SampleService("public NTP", ("vm-shop-sql-01",), ("public ntp",), (123,), Every(20, 9), (1, 2), protocol=UDP),
    # Uninvited
    SampleService("scans", ("scanners",), ("faces the internet",), SCAN_PORTS, Rhythm(22, FLAT, 100)),
    SampleService(
        *("sweep", ("sweep",), ("vm-shop-web-01",), (*range(8000, 8100), *SCAN_PORTS), Rhythm(900, FLAT, 100)),
        since="Thu 03:00",
        until="Thu 04:00",
    ),
    SampleService("stubborn", ("stubborn",), ("vm-jump-01",), (22,), Every(6, 3)),
)
