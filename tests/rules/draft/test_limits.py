"""Azure's limits on names, ports, priorities and rules, and the dial that keeps to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.errors import BadFilter, BadRuleSet
from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.accepts.limits import OLDER, TODAY, Limits
from nsgflow_core.rules.draft.dial import RUNGS, Opening, rung_at
from nsgflow_core.rules.draft.draft import compose
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.placing.closing import Standing
from nsgflow_core.rules.draft.placing.naming import check_name, describe, name_each, port_ranges, slug, widened
from nsgflow_core.rules.draft.placing.place import place
from nsgflow_core.rules.draft.placing.priorities import Post, post_numbers
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import START, row
from tests.rules.draft.drafts import IN, OUT, made_of


def test_a_dial_that_passes_azures_limits_falls_to_the_next_that_fits_and_says_so(tmp_path: Path) -> None:
    rows = [row((f"10.7.{n // 200}.{n % 200 + 4}", "10.0.2.8", "TCP", 1024 + n), START) for n in range(1001)]
    made = made_of(tmp_path, rows, exactness=1.0, options=DraftOptions(limits=OLDER))
    assert made.asked == 1.0
    assert made.exactness < 1.0
    assert len(made.own_rules) <= 1000
    assert any("1,001 rules" in warning for warning in made.warnings)
    assert compose(replace(made.material, options=DraftOptions()), 1.0).exactness == 1.0, "today it fits"


@pytest.mark.parametrize("elsewhere", [0, 700], ids=["all of this direction", "some of the other"])
@pytest.mark.parametrize("limits", [TODAY, OLDER], ids=["2,000 rules", "1,000 rules"])
def test_an_nsg_is_filled_to_the_last_rule_and_no_further(tmp_path: Path, limits: Limits, elsewhere: int) -> None:
    """Ten were kept free for three closing rules, so drafts that fit were refused or made wider."""
    rows = [r for n in range(4) for r in daily(f"10.{n + 20}.0.4", "10.0.2.8", 1000 + 2 * n)]
    alone = made_of(tmp_path, rows, exactness=1.0)
    room = limits.rules - len(alone.own_rules)
    for at, more in enumerate((0, 1)):
        (folder := tmp_path / str(at)).mkdir()
        denies = [_deny(n, OUT if n < elsewhere else IN) for n in range(room + more)]
        existing = RuleSet("app-nsg", tuple(denies))
        made = made_of(folder, rows, exactness=1.0, options=DraftOptions(limits=limits), existing=existing)
        assert made.refused == ()
        assert (made.exactness == 1.0) is (more == 0)
        assert len(made.rule_set.own_rules) + elsewhere <= limits.rules
        said = f"4 rules beside {room + more + 3:,} that stay or close, of {limits.rules:,} that an NSG takes"
        assert any(said in each for each in made.warnings) is bool(more)
    (folder := tmp_path / "none").mkdir()
    full = RuleSet("app-nsg", tuple(_deny(n, OUT if n < elsewhere else IN) for n in range(limits.rules)))
    with pytest.raises(BadRuleSet, match="that stay or close, of") as refused:
        made_of(folder, rows, options=DraftOptions(limits=limits), existing=full)
    here = counted(limits.rules - elsewhere, "deny")
    kinds = f"{here}, {elsewhere} of the other direction" if elsewhere else here
    assert "app-nsg has no room for a draft: even the simplest needs 1 rule beside" in refused.value.message
    assert f"{limits.rules:,} of its rules stay, as no draft of this direction removes them ({kinds})" in (
        refused.value.hint
    )
    worst = "rules of the other direction" if elsewhere > limits.rules - elsewhere else "denies"
    assert f"Remove or merge at least 4 of them first, best {worst}:" in refused.value.hint


def _deny(number: int, direction: Direction) -> Rule:
    """One that meets none of the flows."""
    source = (f"10.{100 + number // 250}.{number % 250}.0/24",)
    name = f"no-{number}"
    return Rule(name, 100 + number, direction, Access.DENY, "Tcp", source, ("10.0.2.8",), (PortRange(23, 23),))


def test_the_dial_never_opens_more_than_asked() -> None:
    assert [rung_at(e).exactness for e in (1.0, 0.95, 0.9, 0.8, 0.75, 0.5, 0.0)] == [1.0, 1.0, 0.9, 0.9, 0.75, 0.6, 0.0]
    assert len({rung.name for rung in RUNGS}) == len(RUNGS)
    with pytest.raises(BadFilter):
        rung_at(1.5)


def test_names_and_descriptions_keep_to_azures_grammar(tmp_path: Path) -> None:
    assert slug("Web Tier ß (prod)") == "web-tier-prod"
    assert slug("rg-1/hub/Web") == "web-hub-rg-1"
    assert slug("rg-1/web or rg-2/web") == "web-rg-1-or-web-rg-2"
    assert slug("10.0.0.0/24") == "10.0.0.0-24"
    assert slug("日本")
    assert len(describe("x" * 300)) == 140
    assert describe("two\nlines") == "two lines"
    for bad in ("", "-a", "a-", "a b", "x" * 81, "é"):
        with pytest.raises(BadRuleSet):
            check_name(bad)
    rows = [r for n in range(40) for r in daily(f"10.{n + 20}.0.4", "10.0.2.8", 1000 + 2 * n)]
    names = [r.name for r in made_of(tmp_path, rows, exactness=1.0).own_rules]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(check_name(name) for name in names)


def test_port_ranges_join_neighbours_only() -> None:
    assert port_ranges([5, 1, 2, 3, 9]) == (PortRange(1, 3), PortRange(5, 5), PortRange(9, 9))
    assert port_ranges([1, 3], gap=1) == (PortRange(1, 3),)


def test_priorities_are_unique_and_below_the_closing_rules() -> None:
    given = place({f"r{n:04}": "" for n in range(990)}, None, IN, Standing((), ())).priorities
    assert sorted(given.values()) == list(range(100, 100 + 990 * 3, 3))
    with pytest.raises(BadRuleSet, match="3 rules of one direction need 3 priorities, and 2 are free"):
        post_numbers([Post(100, 1, 1)], 1, [100, 101])
    assert place({}, None, IN, Standing((), ())).priorities == {}


def test_a_name_says_the_family_where_no_address_does_and_is_never_cut_within_a_port(tmp_path: Path) -> None:
    tokens = AddressTokens(SUBNETS)

    def opening(**changed: Any) -> Opening:
        made = Opening("TCP", ("@web",), ("@app",), (8443,), 0, 4, "", 0)
        return replace(made, **changed)

    assert name_each([opening(), opening(family=6)], tokens, IN) == [
        "allow-web-to-app-tcp-8443",
        "allow-web-to-app-ipv6-tcp-8443",
    ]
    assert name_each([opening(sources=("10.0.1.4", "@web"))], tokens, IN) == ["allow-web-to-app-tcp-8443"]
    assert name_each([opening(ports=(1, 3), port_gap=1)], tokens, IN) == ["allow-web-to-app-tcp-1-3"]
    assert name_each([opening(ports=(1, 3, 5, 7))], tokens, IN) == ["allow-web-to-app-tcp-1_3_5_and-more"]
    long = opening(sources=tuple(f"#10.{n}.{n}.0/24" for n in (200, 201)), destinations=("#10.202.202.0/24",))
    (name,) = name_each([replace(long, ports=(50001, 50003, 50005, 50007))], tokens, IN, ())
    assert len(name) <= 80
    assert "-tcp-50001_50003_50005_and-more" in name
    assert widened("x" * 80).endswith("-widened")
    assert len(widened("x" * 80)) <= 80
