"""Pairs that nobody saw are opened where new ones keep coming, or where few are left; else what was seen is all."""

from __future__ import annotations

from pathlib import Path

from nsgflow_core.rules.draft.grouping.nearly import SPARE
from nsgflow_core.rules.draft.grouping.worth import WHATEVER_IS_NEW
from nsgflow_core.rules.draft.options import DraftOptions
from tests.estates.daily import Rows, daily
from tests.estates.flows import START, row
from tests.rules.draft.drafts import OUT, drafted, made_of

CLIENTS, SERVERS = range(30), range(8)


def own_servers(port: int = 8443) -> Rows:
    """Each of 30 clients of web meets its own one of 8 servers of app, every day."""
    return [r for n in CLIENTS for r in daily(f"10.0.1.{10 + n}", f"10.0.2.{10 + n % 8}", port)]


def one_day_alone(pairs: int) -> Rows:
    """As many pairs of these hosts that met on one day, another day each."""
    keys = [(f"10.0.1.{10 + n}", f"10.0.2.{10 + (n + 3) % 8}", "TCP", 8443) for n in range(pairs)]
    return [r for n, key in enumerate(keys) for r in [row(key, START.replace(day=START.day + n % 6))] * 5]


def pairs_opened(path: Path, rows: Rows, options: DraftOptions | None = None) -> int:
    path.mkdir(exist_ok=True)
    made = made_of(path, rows, options=options or DraftOptions())
    return sum(_hosts(rule.sources) * _hosts(rule.destinations) for rule in drafted(made))


def _hosts(side: tuple[str, ...]) -> int:
    """Seen hosts of a side: a /24 stands for all of its subnet's."""
    whole = {"10.0.1.0/24": len(CLIENTS), "10.0.2.0/24": len(SERVERS)}
    return sum(whole.get(text) or 2 ** (32 - int(text.partition("/")[2] or 32)) for text in side)


def test_clients_that_keep_to_their_own_servers_are_not_let_to_the_others(tmp_path: Path) -> None:
    stays = own_servers()
    assert pairs_opened(tmp_path / "own", stays) == 30
    always = DraftOptions(unseen_per_new=WHATEVER_IS_NEW)
    assert pairs_opened(tmp_path / "always", stays, always) == 30 * 8


def test_where_new_pairs_keep_coming_all_of_them_are_let_in(tmp_path: Path) -> None:
    rows = own_servers() + one_day_alone(12)
    assert pairs_opened(tmp_path / "new", rows) == 30 * 8
    assert pairs_opened(tmp_path / "dear", rows, DraftOptions(unseen_per_new=2)) == 30 + 12


def test_a_service_pays_for_its_own_pairs_only(tmp_path: Path) -> None:
    """Another port of the same hosts, on which nothing is new, stays as it was seen."""
    made = pairs_opened(tmp_path / "two", own_servers() + one_day_alone(12) + own_servers(9443))
    assert made == 30 * 8 + 30


def test_few_that_are_left_are_let_in_though_nothing_is_new(tmp_path: Path) -> None:
    """Three of four servers served it, for every client: the fourth makes a third more."""
    served = [r for n in range(9) for s in range(3) for r in daily(f"10.0.1.{10 + n}", f"10.0.2.{10 + s}", 8443)]
    beside = daily("10.0.9.9", "10.0.2.13", 22) + daily("10.0.9.9", "10.0.2.14", 22)
    rules = drafted(made_of(tmp_path, served + beside, options=DraftOptions(groups="none")))
    assert (("10.0.1.0/24",), ("10.0.2.0/24",)) in [(rule.sources, rule.destinations) for rule in rules]


def test_where_all_of_it_is_little_beside_what_was_seen_nothing_is_narrowed(tmp_path: Path) -> None:
    """210 pairs that nobody saw are a quarter of 900 others; of 600 they are more."""

    def with_others(ports: int) -> int:
        others = [
            r for n in CLIENTS for port in range(ports) for r in daily(f"10.0.1.{10 + n}", "10.0.2.10", port + 80)
        ]
        made = pairs_opened(tmp_path / str(ports), own_servers() + others)
        return made - len(CLIENTS)

    assert with_others(30) == 30 * 8
    assert 30 <= with_others(20) <= 30 + SPARE * 630, "no more than what joins rules that nearly are one"


def test_on_one_day_of_logs_every_pair_is_new(tmp_path: Path) -> None:
    rows = [r for n in CLIENTS for r in daily(f"10.0.1.{10 + n}", f"10.0.2.{10 + n % 8}", 8443, days=1)]
    assert pairs_opened(tmp_path / "day", [r for r in rows for _ in range(5)]) == 30 * 8


def test_a_group_that_leaves_for_the_internet_is_judged_by_the_group_alone(tmp_path: Path) -> None:
    ends = [(f"10.0.2.{host}", f"52.0.0.{n}") for host in (8, 9) for n in range(100)]
    rows = [r for source, server in ends for r in daily(source, server, 443, 3, direction="Outbound")]
    (rule,) = drafted(made_of(tmp_path, rows, OUT))
    assert (rule.sources, rule.destinations) == (("10.0.2.0/24",), ("Internet",))
