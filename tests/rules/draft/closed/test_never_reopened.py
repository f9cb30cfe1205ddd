"""A flow that was denied last is admitted by no draft, at any exactness and with any options."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.draft.asking import reasons
from nsgflow_core.rules.draft.closed.proof import reopened
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Draft, Scope, compose
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import Rows
from tests.estates.flows import START, Key, row, store_of

IN = Direction.INBOUND
SUBNETS = SubnetMap(
    (
        Subnet("app", parse_prefix("10.20.2.0/24"), "v"),
        Subnet("data", parse_prefix("10.20.3.0/24"), "v"),
        Subnet("dev", parse_prefix("10.40.1.0/24"), "v"),
    ),
    (parse_prefix("10.20.0.0/16"), parse_prefix("10.40.0.0/16")),
)
SPACE = AddressSpace.of(SUBNETS)
DEV, APP, DATA = "10.40.1.4", "10.20.2.4", "10.20.3.4"
SQL: Key = (DEV, DATA, "TCP", 1433)
VNET = ("VirtualNetwork",)
DENY = Rule("deny-spokes-in", 400, IN, Access.DENY, "*", VNET, VNET, ANY_PORTS)
TO_SQL = Rule(
    "allow-app-to-sql", 100, IN, Access.ALLOW, "Tcp", ("10.20.2.0/24",), ("10.20.3.0/24",), (PortRange(1433, 1433),)
)
DATA_NSG = RuleSet("nsg-data", (TO_SQL, DENY))
EVERY = [rung.exactness for rung in RUNGS]


def tuples(key: Key, days: range, rule: str = "AllowVnetInBound", decision: str = "Allowed", state: str = "") -> Rows:
    made = [
        row(key, START + timedelta(days=day), nsg="nsg-data", decision=decision, rule=rule, kind="User") for day in days
    ]
    return [{**each, "flow_state": state or each["flow_state"]} for each in made]


def denied(key: Key, days: range, rule: str = "deny-spokes-in") -> Rows:
    return tuples(key, days, rule, "Denied")


def material(path: Path, rows: Rows, existing: RuleSet | None = DATA_NSG, **options: object) -> Material:
    return of_store(store_of(path / "f.duckdb", rows, SUBNETS), existing, **options)


def of_store(store: LocalStore, existing: RuleSet | None, **options: object) -> Material:
    chosen = DraftOptions(**options)  # type: ignore[arg-type]
    return gather(store, FlowFilter(), Scope(nsg="nsg-data"), IN, options=chosen, existing=existing, space=SPACE)


def access(made: Draft, *keys: Key) -> list[str]:
    packets = pd.DataFrame(keys, columns=["src_ip", "dst_ip", "protocol", "port"]).assign(direction="Inbound")
    return decide_all(made.rule_set, packets, SPACE)["access"].tolist()


@pytest.mark.parametrize("existing", [DATA_NSG, None], ids=["with the NSG", "without"])
def test_what_a_deny_closed_after_it_was_allowed_stays_closed(tmp_path: Path, existing: RuleSet | None) -> None:
    rows = tuples(SQL, range(2)) + denied(SQL, range(2, 3)) + tuples((APP, *SQL[1:]), range(3), "allow-app-to-sql")
    gathered = material(tmp_path, rows, existing)
    for exactness in EVERY:
        made = compose(gathered, exactness)
        assert access(made, SQL, (APP, *SQL[1:])) == ["Deny", "Allow"]
        asked = [question.words for question in made.questions if question.kind == "denied-since"]
        assert asked == [
            "10.40.1.4 -> 10.20.3.4 TCP 1433 was allowed until 2026-11-02 00:00 UTC and is denied by deny-spokes-in "
            "since 2026-11-03 00:00 UTC. Should it be allowed again?"
        ]
        assert made.set_apart["reason"].tolist() == [
            f"{reasons.DENIED_SINCE.words} (deny-spokes-in since 2026-11-03 00:00 UTC, allowed until "
            "2026-11-02 00:00 UTC)"
        ]
        drafted = [rule.priority for rule in made.own_rules if rule.name in made.openings]
        assert existing is None or max(drafted) < 400, "the rule for app stands ahead of the deny"


def test_of_a_flow_that_is_closed_nothing_is_drafted(tmp_path: Path) -> None:
    made = compose(material(tmp_path, tuples(SQL, range(2)) + denied(SQL, range(2, 3))))
    assert not made.openings
    assert made.kept == {"deny-spokes-in"}


def test_a_connection_that_goes_on_after_the_deny_was_allowed_before_it(tmp_path: Path) -> None:
    rows = tuples(SQL, range(2)) + denied(SQL, range(2, 3)) + tuples(SQL, range(3, 6), state="Continuing")
    made = compose(material(tmp_path, rows), 1.0)
    assert access(made, SQL) == ["Deny"]
    (tmp_path / "again").mkdir()
    allowed_again = compose(material(tmp_path / "again", rows + tuples(SQL, range(6, 7)), None), 1.0)
    assert access(allowed_again, SQL) == ["Allow"]
    (tmp_path / "one").mkdir()
    older = denied(SQL, range(2, 3)) + tuples(SQL, range(3, 6), state="Continuing")
    began_before = compose(material(tmp_path / "one", older, None), 1.0)
    assert began_before.openings, "it was first seen after the denial, and no beginning of it was seen before"


def test_an_allow_and_a_denial_at_one_moment_leave_it_closed(tmp_path: Path) -> None:
    made = compose(material(tmp_path, tuples(SQL, range(3)) + denied(SQL, range(2, 3)), None), 1.0)
    assert not made.openings


def test_what_the_file_denies_and_no_row_shows_is_asked(tmp_path: Path) -> None:
    made = compose(material(tmp_path, tuples(SQL, range(2))), 1.0)
    assert access(made, SQL) == ["Deny"]
    (question,) = made.questions
    assert "is denied by deny-spokes-in in the rules as they are. Should it be allowed again?" in question.words
    (tmp_path / "logged").mkdir()
    other: Key = ("10.40.1.5", *SQL[1:])
    rows = tuples(SQL, range(2)) + denied(other, range(2, 3))
    logged = compose(material(tmp_path / "logged", rows), 1.0)
    assert access(logged, SQL) == ["Deny"]
    assert "first logged 2026-11-03" in logged.questions[0].words
    (tmp_path / "moved").mkdir()
    moved = compose(material(tmp_path / "moved", tuples(SQL, range(2)) + denied(other, range(1))), 1.0)
    assert access(moved, SQL) == ["Deny"], "the deny was there and stopped others: it was moved or widened since"
    assert "denied by deny-spokes-in in the rules as they are. Should it" in moved.questions[0].words


def test_a_connection_that_goes_on_says_nothing_of_a_deny_that_stopped_only_others(tmp_path: Path) -> None:
    other: Key = ("10.40.1.5", *SQL[1:])
    rows = tuples(SQL, range(2)) + denied(other, range(2, 3)) + tuples(SQL, range(3, 6), state="Continuing")
    made = compose(material(tmp_path, rows), 1.0)
    assert access(made, SQL) == ["Deny"]
    assert "deny-spokes-in" in made.questions[0].words


def test_a_default_rule_that_admitted_a_flow_shows_that_a_deny_for_the_same_tag_meets_it(tmp_path: Path) -> None:
    """No file tells that 192.168.9.9 is in VirtualNetwork, the log does: a rule behind the deny would be dead."""
    on_premises: Key = ("192.168.9.9", *SQL[1:])
    rows = [row(on_premises, START, nsg="nsg-data", decision="Allowed", rule="AllowVnetInBound", kind="Default")]
    made = compose(material(tmp_path, rows), 1.0)
    assert not made.openings
    assert "is denied by deny-spokes-in in the rules as they are" in made.questions[0].words


def test_a_denial_by_a_rule_that_is_gone_is_asked_and_never_undone_silently(tmp_path: Path) -> None:
    rows = tuples(SQL, range(2)) + denied(SQL, range(2, 3), "deny-gone") + tuples((APP, *SQL[1:]), range(3))
    made = compose(material(tmp_path, rows, RuleSet("nsg-data", (TO_SQL,))))
    assert access(made, SQL, (APP, *SQL[1:])) == ["Deny", "Allow"]
    assert "denied by deny-gone since 2026-11-03 00:00 UTC, which is no longer in the rules" in made.questions[0].words


def test_flows_on_two_sides_of_a_deny_are_never_one_rule(tmp_path: Path) -> None:
    deny = replace(DENY, name="no-dev", sources=("10.40.1.128/25",), destinations=("10.20.3.0/24",))
    ahead = replace(TO_SQL, name="one-dev", sources=("10.40.1.200",))
    existing = RuleSet("nsg-data", (ahead, deny))
    hosts = [f"10.40.1.{host}" for host in (4, 5, 6, 7)]
    rows = [r for host in hosts for r in tuples((host, *SQL[1:]), range(8))]
    rows += tuples(("10.40.1.200", *SQL[1:]), range(8), "one-dev")
    stopped: Key = ("10.40.1.201", *SQL[1:])
    gathered = material(tmp_path, rows + denied(stopped, range(8), "no-dev"), existing)
    for exactness in EVERY:
        made = compose(gathered, exactness)
        legitimate = [(host, *SQL[1:]) for host in (*hosts, "10.40.1.200")]
        assert access(made, *legitimate, stopped) == ["Allow"] * 5 + ["Deny"]
        assert {opening.ahead_of for opening in made.openings.values()} == {"", "no-dev"}


HOSTS = [f"10.40.1.{host}" for host in range(4, 20)]
PUBLIC = [f"52.0.{n}.9" for n in range(30)]
CLOSED: list[Key] = [
    *((host, DATA, "TCP", 1434) for host in HOSTS[:8]),
    *((source, DATA, "TCP", 443) for source in ("52.0.99.9", "53.1.1.1")),
    *((source, "10.20.3.9", "TCP", 443) for source in PUBLIC[:3]),
    ("10.40.1.250", DATA, "TCP", 1433),
    (APP, DATA, "ICMP", 0),
]


@pytest.fixture(scope="module")
def beside_closed(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """Flows of hosts and of strangers beside those that were denied last."""
    rows = [r for n, host in enumerate(HOSTS) for r in tuples((host, DATA, "TCP", 1433 + n % 3 * 2), range(4))]
    rows += [r for source in PUBLIC for r in tuples((source, DATA, "TCP", 443), range(4))]
    rows += tuples((APP, DATA, "ICMP", 0), range(2)) + denied((APP, DATA, "ICMP", 8), range(2, 4), "no-ping")
    rows += [r for key in CLOSED[:-1] for r in denied(key, range(5, 6), "DenyAllInBound")]
    return store_of(tmp_path_factory.mktemp("closed") / "f.duckdb", rows, SUBNETS)


@pytest.mark.parametrize(
    ("existing", "internet", "threshold", "gap"), list(product([True, False], ["auto", "always"], [1, 3], [0, 5]))
)
def test_no_option_opens_what_was_denied(
    beside_closed: LocalStore, existing: bool, internet: str, threshold: int, gap: int
) -> None:
    options = {"internet": internet, "subnet_threshold": threshold, "port_gap": gap, "allow_icmp": True}
    gathered = of_store(beside_closed, RuleSet("nsg-data", ()) if existing else None, **options)
    legitimate = [
        tuple(key) for key in gathered.flows[["src_ip", "dst_ip", "protocol", "port"]].itertuples(index=False)
    ]
    for exactness in EVERY:
        made = compose(gathered, exactness)
        assert "Allow" not in access(made, *CLOSED[:-1])
        assert reopened(made.rule_set, IN, gathered.closed, SPACE).empty
        assert set(access(made, *legitimate)) == {"Allow"}
        assert exactness > 0.2 or any("more exact than" in warning for warning in made.warnings)
        assert any("allow-icmp-vnet-inbound is left out" in warning for warning in made.warnings)


def test_a_filter_for_a_rule_does_not_hide_a_later_denial(tmp_path: Path) -> None:
    store = store_of(tmp_path / "f.duckdb", tuples(SQL, range(2)) + denied(SQL, range(2, 3)), SUBNETS)
    for asked in (FlowFilter().where("rule", "AllowVnetInBound"), FlowFilter().where("decision", "Allowed")):
        assert gather(store, asked, Scope(nsg="nsg-data"), IN).flows.empty
    earlier = FlowFilter().within(None, START + timedelta(days=2))
    assert len(gather(store, earlier, Scope(nsg="nsg-data"), IN).flows) == 1, "a window is what it is"
