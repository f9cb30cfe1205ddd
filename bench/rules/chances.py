"""What a draft might keep if it spent what it opens by chances learned from the days of its own window.

.venv/bin/python bench/rules/chances.py --seed 41                 the enterprise of generalise.py, a draft a role
.venv/bin/python bench/rules/chances.py --seed 42 --low-ports

Candidates are the unseen pairs, inside, of each service (role, role, port) that three days saw. Each day of the three
is left out in turn, and a logistic model with crossed features learns from the two others which candidates came on it:
pairs of one day (Good-Turing), how many pairs its service, its source there and its destination there have, whether
the two meet on other ports, how many hosts the roles have. As many unseen pairs as the default draft opens are then
spent on the likeliest, pair by pair, or on whole services, all of a source, all of a destination (what a rule can
say); `in half` only on what whatever half did opens. `buys`: of the fourth day's pairs that are new and no strangers,
those that are open. `boxes`: sources x destinations of a service that hold exactly what is open.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from nsgflow_core.ask.filters import FlowFilter  # noqa: E402
from nsgflow_core.intake.importing import import_flows  # noqa: E402
from nsgflow_core.inventory.scope import Scope  # noqa: E402
from nsgflow_core.inventory.subnet_map import read_subnet_map  # noqa: E402
from nsgflow_core.rules.draft.draft import draft  # noqa: E402
from nsgflow_core.sources.folder import FolderSource  # noqa: E402
from nsgflow_core.stores.local.store import LocalStore  # noqa: E402
from nsgflow_core.words.vocabulary import Direction  # noqa: E402
from tests.estates.graphs.enterprise import FIRST_DAY, Enterprise, enterprise  # noqa: E402
from tests.estates.graphs.kept_and_opened import DEFAULT, HALF, Way  # noqa: E402
from tests.estates.graphs.known_space import KnownSpace  # noqa: E402
from tests.estates.graphs.meetings import SCAN  # noqa: E402

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
CROSSED = (1, 2, 3, 4, 7, 8, 9)
"""Features whose products are features too."""


class Graph:
    """The days of an estate as numbers of cells (source, destination, service), and the roles of hosts."""

    def __init__(self, estate: Enterprise) -> None:
        traffic = estate.traffic[estate.traffic["kind"] != SCAN]
        last = int(traffic["day"].max())
        self.known = KnownSpace(estate.traffic[estate.traffic["day"] < last])
        roles = {host: place for place, hosts in enumerate(estate.hosts.values()) for host in hosts}
        self.roles = len(estate.hosts)
        self.role = np.array([roles.get(host, self.roles) for host in self.known.hosts])
        self.hosts = np.append(np.bincount(self.role, minlength=self.roles)[: self.roles], 1)
        numbers = self.known.numbers(traffic)
        self.days = [np.unique(numbers[(traffic["day"] == day).to_numpy() & (numbers >= 0)]) for day in range(last + 1)]

    def ends(self, cells: Ints) -> tuple[Ints, Ints, Ints]:
        """Source, destination and port of cells."""
        pair, port = np.divmod(cells, len(self.known.services))
        source, destination = np.divmod(pair, len(self.known.hosts))
        return source, destination, port

    def inside(self, cells: Ints) -> Ints:
        """The cells of two hosts that have a role."""
        source, destination, _ = self.ends(cells)
        return cells[(self.role[source] < self.roles) & (self.role[destination] < self.roles)]

    def units(self, cells: Ints) -> tuple[Ints, Ints, Ints]:
        """The service of each cell, its source there, and its destination there."""
        (source, destination, port), ports = self.ends(cells), len(self.known.services)
        at, to = self.role[source], self.role[destination]
        wide = self.roles + 1
        return (
            (at * wide + to) * ports + port,
            (source * wide + to) * ports + port,
            (destination * wide + at) * ports + port,
        )

    def candidates(self, seen: Ints) -> Ints:
        """The unseen cells of the services of these."""
        ports, wide = len(self.known.services), self.roles + 1
        of_role = [np.flatnonzero(self.role == role) for role in range(self.roles)]
        found = []
        for service in np.unique(self.units(self.inside(seen))[0]).tolist():
            pair, port = divmod(service, ports)
            source, destination = of_role[pair // wide][:, None], of_role[pair % wide]
            cells = (source * len(self.known.hosts) + destination) * ports + port
            found.append(cells[source != destination].ravel())
        return np.setdiff1d(np.concatenate(found), seen)

    def features(self, seen: Ints, on_days: Ints, cells: Ints) -> Floats:
        """What tells of a candidate, in columns, from the cells seen and on how many days each was."""
        once = (on_days == 1).astype(float)
        held, asked = self.units(seen), self.units(cells)
        pairs, of_source, of_destination = (_count(h, a) for h, a in zip(held, asked, strict=True))
        new, new_source, new_destination = (_count(h, a, once) for h, a in zip(held, asked, strict=True))
        (source, destination, _), (from_, to, _) = self.ends(cells), self.ends(seen)
        at, there = self.hosts[self.role[source]], self.hosts[self.role[destination]]
        used, served = (
            _count(np.unique(np.stack([held[0], own]), axis=1)[0], asked[0]) / hosts
            for own, hosts in zip(held[1:], (at, there), strict=True)
        )
        many, size = len(self.role), at * there
        meet = _count(from_ * many + to, source * many + destination)
        back = _count(to * many + from_, source * many + destination)
        columns = [
            np.ones(len(cells)), np.log((new + 0.35) / np.maximum(size - pairs, 1)), np.log((pairs + 0.5) / size),
            np.log((of_source + 0.3) / there), np.log((of_destination + 0.3) / at),
            np.log((new_source + 0.1) / there), np.log((new_destination + 0.1) / at), used, served, np.log1p(meet),
            np.log1p(back), of_source > 0, of_destination > 0, (of_source > 0) & (of_destination > 0), used * served,
            np.log(at), np.log(there), np.log((new + 0.35) / (pairs + 1)),
        ]  # fmt: skip
        plain = np.stack([np.asarray(column, float) for column in columns], axis=1)
        products = [plain[:, [one]] * plain[:, [two]] for at, one in enumerate(CROSSED) for two in CROSSED[at:]]
        return np.concatenate([plain, *products], axis=1)


def _count(held: Ints, asked: Ints, weights: Floats | None = None) -> Floats:
    """How many of those held are like each that is asked for."""
    words, number = np.unique(held, return_inverse=True)
    counts = np.bincount(number, weights=weights, minlength=len(words))
    place = np.minimum(np.searchsorted(words, asked), len(words) - 1)
    return np.where(words[place] == asked, counts[place], 0.0)


def learned(features: Floats, came: Mask, asked: Floats, ridge: float = 3.0) -> Floats:
    """The chance of each row that is asked for, by logistic regression with a ridge (damped Newton steps)."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    mean[0], spread[spread == 0] = 0, 1
    rows, weights = (features - mean) / spread, np.zeros(features.shape[1])
    weights[0] = np.log((came.mean() + 1e-6) / (1 - came.mean()))
    for _ in range(40):
        chance = _chance(rows @ weights)
        slope = rows.T @ (chance - came) + ridge * weights
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights -= step * min(1.0, 2 / max(float(np.abs(step).max()), 1e-12))
    return _chance((asked - mean) / spread @ weights)


def _chance(odds: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return found


def spent(chance: Floats, units: tuple[Ints, ...], budget: int) -> Mask:
    """Which cells are open when units are opened whole, those of the highest mean chance first, up to a budget."""
    is_open, ways = np.zeros(len(chance), dtype=np.bool_), []
    for unit in units:
        _, number, count = np.unique(unit, return_inverse=True, return_counts=True)
        held = np.split(np.argsort(number, kind="stable"), np.cumsum(count)[:-1])
        ways += list(zip(np.bincount(number, weights=chance) / count, held, strict=True))
    for _, members in sorted(ways, key=lambda way: -way[0]):
        closed = members[~is_open[members]]
        if len(closed) <= budget:
            is_open[closed] = True
            budget -= len(closed)
    return is_open


def boxes(graph: Graph, cells: Ints) -> int:
    """How many boxes hold exactly these cells, of each service by its sources or its destinations; ports share them."""
    (source, destination, _), service = graph.ends(cells), graph.units(cells)[0]
    table = pd.DataFrame({"service": service, "source": source, "destination": destination})
    found: set[object] = set()
    for _, rows in table.groupby("service"):
        tried = []
        for one, other in (("source", "destination"), ("destination", "source")):
            sets = rows.groupby(one)[other].agg(frozenset)
            tried.append({(one, held, tuple(same.index)) for held, same in sets.groupby(sets)})
        found |= min(tried, key=len)
    return len(found)


@dataclass(frozen=True)
class Opened:
    """The cells that drafts of one way open, beside marked ranges and in them."""

    beside: Ints
    ranges: Ints


def opened(store: LocalStore, estate: Enterprise, graph: Graph, way: Way) -> Opened:
    """What drafts of the days before the last open, one a role."""
    asked = FlowFilter().within(FIRST_DAY, FIRST_DAY + timedelta(days=len(graph.days) - 1))
    found: dict[bool, list[Ints]] = {True: [], False: []}
    for scope in estate.hosts:
        made = draft(store, asked, Scope(subnet=scope), Direction.INBOUND, options=way.options)
        for rule in made.own_rules:
            if rule.name in made.openings:
                found[rule.name in made.ranges].append(graph.known.cells(rule))
    nothing = np.zeros(0, dtype=np.int64)
    return Opened(*(np.unique(np.concatenate([nothing, *found[is_range]])) for is_range in (False, True)))


def compare(graph: Graph, default: Opened, half: Opened) -> None:
    """Print what the default draft buys, and what as much opened buys where chances are learned."""
    *before, last = [np.setdiff1d(graph.inside(day), default.ranges) for day in graph.days]
    rows, came = [], []
    for out, day in enumerate(before):
        seen, count = np.unique(np.concatenate(before[:out] + before[out + 1 :]), return_counts=True)
        cells = graph.candidates(seen)
        rows.append(graph.features(seen, count, cells))
        came.append(np.isin(cells, day))
    seen, count = np.unique(np.concatenate(before), return_counts=True)
    cells = np.setdiff1d(graph.candidates(seen), default.ranges)
    asked = graph.features(seen, count, cells)
    chance = learned(np.concatenate(rows), np.concatenate(came), asked)
    by_default, by_half, comes = (np.isin(cells, each) for each in (default.beside, half.beside, last))
    budget, units = int(by_default.sum()), graph.units(cells)
    likeliest = np.zeros(len(cells), dtype=np.bool_)
    likeliest[np.argsort(-chance, kind="stable")[:budget]] = True
    in_half = spent(np.where(by_half, chance, 0), tuple(np.where(by_half, unit, -1) for unit in units), budget)
    ways = {"default": by_default, "half": by_half, "pair by pair": likeliest}
    ways |= {"services": spent(chance, units[:1], budget), "rows, columns": spent(chance, units, budget)}
    ways["rows, columns in half"] = in_half & by_half
    print(f"{budget:,} of {len(cells):,} unseen cells of known services; {int(comes.sum())} of them come")
    for name, is_open in ways.items():
        line = f"  {name:22} opens {int(is_open.sum()):6,}, buys {int(comes[is_open].sum()):4}"
        print(f"{line}, {boxes(graph, np.concatenate([seen, cells[is_open]])):4} boxes", flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--low-ports", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    estate = enterprise(arguments.seed, low_ports=arguments.low_ports)
    estate.traffic["flows"] = estate.traffic["flows"].clip(upper=6)
    graph = Graph(estate)
    with tempfile.TemporaryDirectory() as folder:
        estate.write(Path(folder) / "logs", direction=Direction.INBOUND)
        store = LocalStore(Path(folder) / "flows.duckdb")
        store.save_subnets(read_subnet_map(estate.subnets_csv()))
        import_flows(FolderSource(Path(folder) / "logs"), store)
        compare(graph, opened(store, estate, graph, DEFAULT), opened(store, estate, graph, HALF))


if __name__ == "__main__":
    main()
