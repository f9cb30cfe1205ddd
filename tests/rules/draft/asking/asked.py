"""Traffic for every kind of question that a draft can ask: a row each, so that a kind without one fails the walk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.rules.draft.asking import kinds, reasons
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import Rows, daily
from tests.estates.flows import START, Key, row

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
JIT = "SecurityCenter-JITRule-1170687618-8C18BF8921F041989344B4F1E3A0C370"
WEB, APP = "10.0.1.4", "10.0.2.8"
DENY = Rule("no-dev", 400, IN, Access.DENY, "Tcp", ("10.0.4.0/24",), (ANY,), ANY_PORTS)
DEV = "10.0.4.4"
TAGS = {
    "values": [
        {
            "name": "Storage.WestEurope",
            "id": "Storage.WestEurope",
            "properties": {"region": "westeurope", "addressPrefixes": ["20.60.0.0/24"]},
        }
    ]
}


@dataclass(frozen=True)
class Asked:
    """What makes a draft ask a question of a kind, and the flows that it is about.

    `existing` is the NSG as it is, where that is needed; `tags` says that the weekly file is. `stays` are flows that no
    answer touches.
    """

    rows: Callable[[], Rows]
    about: tuple[Key, ...]
    direction: Direction = IN
    existing: RuleSet | None = None
    tags: bool = False
    stays: tuple[Key, ...] = ((WEB, APP, "TCP", 443),)


def nsg(*rules: Rule) -> RuleSet:
    """The draft's NSG with these rules."""
    return RuleSet("app-nsg", rules).with_defaults()


def tcp(source: str, port: int, destination: str = APP) -> Key:
    """A flow to a host of app."""
    return source, destination, "TCP", port


def denied(source: str, port: int, day: int, rule: str = "no-dev", nsg: str = "app-nsg") -> Rows:
    """A denial of a user's rule."""
    moment = START + timedelta(days=day, hours=1)
    return [row(tcp(source, port), moment, decision="Denied", rule=rule, kind="User", nsg=nsg)]


def on_day(source: str, port: int, day: int, destination: str = APP, **more: object) -> Rows:
    """One flow that nothing else was like."""
    return [row(tcp(source, port, destination), START + timedelta(days=day)) | more]


def daily_by_user(source: str, port: int, days: int = 8) -> Rows:
    """A flow a day under a rule that names who may."""
    return daily(source, APP, port, days=days, rule="named", kind="User")


def base() -> Rows:
    """Traffic that nothing is asked of."""
    return daily_by_user(WEB, 443)


JUMP = "10.0.9.4"
SHELLS = ("10.0.2.8", "10.0.2.9", "10.0.3.4", "10.0.3.5", "10.0.1.6", "10.0.1.7")
"""Hosts of three subnets, the first two of them of app."""


def more_hosts() -> Rows:
    """Five more hosts of app and of each of the others, so that two of a subnet are not half of it."""
    return [
        each
        for place in (1, 2, 3)
        for host in range(10, 15)
        for each in daily(WEB, f"10.0.{place}.{host if place < 3 else host - 2}", 443, rule="named", kind="User")
    ]


def shells(hosts: Iterable[str], port: int = 22, source: str = JUMP, day: int = 0) -> Rows:
    """A remote shell on each host, one a day, as the NSG of its own subnet logs it."""
    return [
        row(tcp(source, port, to), START + timedelta(days=day + place), nsg="app-nsg" if "10.0.2." in to else "web-nsg")
        for place, to in enumerate(hosts)
    ]


SCANNED = tuple(tcp(WEB, 7_000 + n, f"10.0.2.{30 + n}") for n in range(30))
STRANGERS = tuple(f"52.0.0.{n * 2}" for n in range(25))
STORAGE = ("20.60.0.4", "20.60.0.9")

ASKED: dict[str, Asked] = {
    reasons.REPLY.key: Asked(
        lambda: base() + daily("10.0.3.4", APP, 50_001, days=1, src_port=1433), (tcp("10.0.3.4", 50_001),)
    ),
    reasons.EPHEMERAL.key: Asked(lambda: base() + on_day("10.0.3.4", 50_001, 1), (tcp("10.0.3.4", 50_001),)),
    reasons.DYNAMIC.key: Asked(
        lambda: base() + [r for n in range(12) for r in on_day(f"10.0.1.{10 + n}", 50_100 + n, 0, "10.0.2.9")],
        tuple(tcp(f"10.0.1.{10 + n}", 50_100 + n, "10.0.2.9") for n in range(12)),
    ),
    reasons.DENIED_SINCE.key: Asked(
        lambda: base() + daily_by_user(DEV, 8443, 3) + denied(DEV, 8443, 5), (tcp(DEV, 8443),), existing=nsg(DENY)
    ),
    reasons.DENIED_BY_A_RULE_THAT_IS_GONE.key: Asked(
        lambda: base() + daily_by_user(DEV, 8443, 3) + denied(DEV, 8443, 5, "gone"), (tcp(DEV, 8443),), existing=nsg()
    ),
    reasons.DENIED_IN_FILE.key: Asked(
        lambda: base() + daily_by_user(DEV, 8443, 3), (tcp(DEV, 8443),), existing=nsg(DENY)
    ),
    reasons.DENIED_IN_FILE_AND_LOGGED.key: Asked(
        lambda: base() + daily_by_user(DEV, 8443, 3) + denied("10.0.4.9", 9999, 5),
        (tcp(DEV, 8443),),
        existing=nsg(DENY),
    ),
    reasons.DENIED_ELSEWHERE.key: Asked(
        lambda: base() + daily_by_user(DEV, 8443, 3) + denied(DEV, 8443, 5, "no-dev", "nic-nsg"), (tcp(DEV, 8443),)
    ),
    reasons.STOPPED_ELSEWHERE.key: Asked(
        lambda: (
            base()
            + daily_by_user(DEV, 8443, 3)
            + [
                {**r, "decision": "Denied", "flow_state": "", "nsg": "nic-nsg", "nsg_id": "nic-nsg", "rule": "no"}
                for r in daily_by_user(DEV, 8443, 3)
            ]
        ),
        (tcp(DEV, 8443),),
    ),
    reasons.EXPOSED.key: Asked(lambda: base() + daily_by_user("52.9.9.9", 3389), (tcp("52.9.9.9", 3389),)),
    reasons.RARE_STRANGER.key: Asked(lambda: base() + on_day("52.9.9.9", 8443, 2), (tcp("52.9.9.9", 8443),)),
    reasons.SCAN.key: Asked(
        lambda: base() + [r for _, to, _, port in SCANNED for r in on_day(WEB, port, 2, to)], SCANNED
    ),
    reasons.JUST_IN_TIME.key: Asked(
        lambda: base() + daily("10.0.1.9", APP, 3389, rule=JIT, kind="User"),
        (tcp("10.0.1.9", 3389),),
        existing=nsg(),
    ),
    reasons.RARE_MANAGEMENT.key: Asked(lambda: base() + on_day("10.0.3.4", 22, 2), (tcp("10.0.3.4", 22),)),
    reasons.UNNAMED_STRANGER.key: Asked(lambda: base() + daily("52.9.9.9", APP, 8443), (tcp("52.9.9.9", 8443),)),
    reasons.UNNAMED_GUARDED.key: Asked(lambda: base() + daily("10.0.3.4", APP, 1433), (tcp("10.0.3.4", 1433),)),
    reasons.RARE.key: Asked(lambda: base() + on_day("10.0.3.4", 8443, 2), (tcp("10.0.3.4", 8443),)),
    kinds.WHOLE_INTERNET: Asked(
        lambda: base() + [r for each in STRANGERS for r in daily_by_user(each, 8443)],
        tuple(tcp(each, 8443) for each in STRANGERS),
    ),
    kinds.CLOSE_INTERNET: Asked(
        lambda: daily(APP, WEB, 443, direction="Outbound", rule="named", kind="User"),
        (),
        OUT,
        stays=((APP, WEB, "TCP", 443),),
    ),
    kinds.NEW_PORTS: Asked(
        lambda: (
            base()
            + [
                row(tcp("10.0.1.9", 33_000 + 37 * (day * 5 + n)), START + timedelta(days=day))
                for day in range(4)
                for n in range(5)
            ]
        ),
        tuple(tcp("10.0.1.9", 33_000 + 37 * n) for n in range(20)),
    ),
    kinds.JUMP_HOST: Asked(
        lambda: base() + more_hosts() + shells(SHELLS), tuple(tcp(JUMP, 22, each) for each in SHELLS[:2])
    ),
    kinds.SERVICE_TAG: Asked(
        lambda: [r for to in STORAGE for r in daily(APP, to, 443, direction="Outbound", rule="named", kind="User")],
        tuple((APP, to, "TCP", 443) for to in STORAGE),
        OUT,
        tags=True,
        stays=(),
    ),
}
