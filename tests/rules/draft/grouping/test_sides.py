"""What stands for a host: its subnet, its group, itself; and the Internet by itself."""

from __future__ import annotations

from pathlib import Path

from nsgflow_core.rules.draft.options import DraftOptions
from tests.estates.daily import Rows, daily
from tests.rules.draft.drafts import OUT, drafted, made_of

NO_GROUPS = DraftOptions(groups="none")


def sides(path: Path, rows: Rows, options: DraftOptions = NO_GROUPS) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    path.mkdir(exist_ok=True)
    return [(rule.sources, rule.destinations) for rule in drafted(made_of(path, rows, options=options))]


def test_a_port_that_half_of_the_seen_servers_serve_is_open_to_all_of_them(tmp_path: Path) -> None:
    """Counted over all sources: each of two clients met another server."""
    served = daily("10.0.9.4", "10.0.2.8", 8443) + daily("10.0.8.4", "10.0.2.9", 8443)
    others = [r for host in (10, 11) for r in daily("10.0.9.4", f"10.0.2.{host}", 20 + host)]
    found = sides(tmp_path / "half", served + others)
    assert (("10.0.8.4", "10.0.9.4"), ("10.0.2.0/24",)) in found
    fewer = sides(tmp_path / "less", served + others + daily("10.0.2.30", "10.0.7.4", 22, nsg="other"))
    assert (("10.0.9.4",), ("10.0.2.8",)) in fewer
    assert (("10.0.8.4",), ("10.0.2.9",)) in fewer


def test_hosts_are_seen_in_the_whole_window_and_not_only_by_this_nsg(tmp_path: Path) -> None:
    used = [r for host in (4, 5, 6) for r in daily(f"10.0.1.{host}", "10.0.2.8", 443)]
    elsewhere = [r for host in range(10, 20) for r in daily(f"10.0.1.{host}", "10.0.3.4", 1433, nsg="db-nsg")]
    assert sides(tmp_path / "alone", used) == [(("10.0.1.0/24",), ("10.0.2.8",))]
    assert sides(tmp_path / "known", used + elsewhere) == [(("10.0.1.4/31", "10.0.1.6"), ("10.0.2.8",))]


def test_a_scanned_address_is_no_seen_host(tmp_path: Path) -> None:
    """What a source only asked for, in logs of its own end, does not make its subnet larger."""
    used = [r for host in (8, 9) for r in daily("10.0.1.4", f"10.0.2.{host}", 443)]
    asked = [r for n in range(40, 80) for r in daily("10.0.1.9", f"10.0.2.{n}", 443, 1, direction="Outbound", nsg="w")]
    assert sides(tmp_path / "s", used + asked) == [(("10.0.1.4",), ("10.0.2.0/24",))]


def test_many_clients_of_one_host_open_no_sibling_of_it_to_the_internet(tmp_path: Path) -> None:
    rows = [r for n in range(20) for r in daily(f"52.0.0.{n * 2}", "10.0.2.8", 443)]
    rows += [r for host in (8, 9) for r in daily("10.0.1.4", f"10.0.2.{host}", 443)]
    found = sides(tmp_path / "i", rows)
    assert (("Internet",), ("10.0.2.8",)) in found
    assert (("10.0.1.4",), ("10.0.2.0/24",)) in found
    assert len(found) == 2
    split = [r for n in range(20) for r in daily(f"52.0.0.{n * 2}", f"10.0.2.{8 + n % 2}", 443)]
    assert all("Internet" not in sources for sources, _ in sides(tmp_path / "two", split)), "10 clients each"


def test_outbound_the_group_that_leaves_for_the_internet_is_one_rule(tmp_path: Path) -> None:
    ends = [(f"10.0.2.{host}", f"52.0.0.{n}") for host in (8, 9) for n in range(20)]
    rows = [r for source, server in ends for r in daily(source, server, 443, direction="Outbound")]
    (rule,) = drafted(made_of(tmp_path, rows, OUT))
    assert (rule.sources, rule.destinations) == (("10.0.2.0/24",), ("Internet",))


def test_half_of_an_inferred_group_is_the_group_where_half_of_the_subnet_is_not(tmp_path: Path) -> None:
    web = [r for n in (4, 5, 6, 7) for r in daily(f"10.0.1.{n}", "10.0.3.4", 1433, nsg="db-nsg")]
    jobs = [r for n in range(40, 52) for r in daily(f"10.0.1.{n}", "10.0.3.5", 5671, nsg="db-nsg")]
    used = [r for n in (4, 5, 6) for r in daily(f"10.0.1.{n}", "10.0.2.8", 443)]
    rows = web + jobs + used
    assert sides(tmp_path / "n", rows) == [(("10.0.1.4/31", "10.0.1.6"), ("10.0.2.8",))]
    assert sides(tmp_path / "g", rows, DraftOptions()) == [(("10.0.1.4/30",), ("10.0.2.8",))]
    named = DraftOptions(groups=(("mine", ("10.0.1.4", "10.0.1.5", "10.0.1.6", "10.0.1.40")),))
    assert sides(tmp_path / "f", rows, named) == [(("10.0.1.4/31", "10.0.1.6", "10.0.1.40"), ("10.0.2.8",))]
