"""Hosts that are alike by the ports they serve and use: weighted Jaccard distance, mutual nearest neighbours.

A port that few hosts have says more than one that all have (inverse document frequency); one that a single host has
says nothing of likeness. Two hosts are joined when they are near beyond doubt, or each is among the other's nearest
ones and not far; groups are what is joined, directly or through others.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nsgflow_core.words.sets.bit_sets import Codes

NEIGHBOURS = 2
FARTHEST = 0.8
NEAR = 0.3
"""Up to this distance two hosts are alike whoever else is near: among many siblings two nearest ones are chance."""
ROUNDING = 1e-6
BLOCK = 512
"""Rows of the distance matrix that are held at a time."""

Weights = NDArray[np.float32]


def alike(hosts: Codes, ports: Codes, size: int) -> Codes:
    """The group of each of the hosts 0 .. size-1, from pairs (host, port); a host like no other is alone in its group.

    Hosts with the very same telling ports are one profile; profiles are joined by nearness. Hosts without a telling
    port are one group: nothing tells them apart.
    """
    profile, member = _profiles(hosts, ports, size)
    joined = components(len(profile), _pairs_alike(profile))
    return joined[member]


def _profiles(hosts: Codes, ports: Codes, size: int) -> tuple[Weights, Codes]:
    """The distinct profiles as rows of weights, one column a port, and the profile of each host."""
    if not len(ports):
        return np.zeros((1, 1), dtype=np.float32), np.zeros(size, dtype=np.int64)
    words, column = np.unique(ports, return_inverse=True)
    pairs = np.unique(hosts * len(words) + column)
    held_by, columns = np.divmod(pairs, len(words))
    hosts_with = np.bincount(columns, minlength=len(words))
    weight = np.where(hosts_with > 1, np.log(size / hosts_with), 0).astype(np.float32)
    starts = np.searchsorted(held_by, np.arange(size + 1))
    told = [tuple(columns[a:b][weight[columns[a:b]] > 0].tolist()) for a, b in pairwise(starts.tolist())]
    numbers: dict[tuple[int, ...], int] = {}
    member = np.array([numbers.setdefault(each, len(numbers)) for each in told], dtype=np.int64)
    rows = np.zeros((len(numbers), len(words)), dtype=np.float32)
    for each, number in numbers.items():
        rows[number, list(each)] = weight[list(each)]
    return rows[:, weight > 0] if (weight > 0).any() else rows[:, :1], member


def _pairs_alike(profile: Weights) -> NDArray[np.int64]:
    """Pairs of profiles that are near beyond doubt, or each among the nearest of the other and not FARTHEST."""
    total = profile.sum(axis=1)
    marks = (profile > 0).astype(np.float32)
    found, reach = [], np.full(len(profile), -np.inf, dtype=np.float32)
    for start in range(0, len(profile), BLOCK):
        shared = profile[start : start + BLOCK] @ marks.T
        either = total[start : start + BLOCK, None] + total[None, :] - shared
        distance = 1 - shared / np.where(either > 0, either, 1)
        own = np.arange(len(distance))
        distance[own, own + start] = np.inf
        last = min(NEIGHBOURS, len(profile)) - 1
        reach[own + start] = np.partition(distance, last, axis=1)[:, last] + ROUNDING
        here, there = np.nonzero((distance <= reach[own + start, None]) & (distance <= FARTHEST) | (distance <= NEAR))
        found.append((here + start, there, distance[here, there]))
    here, there, apart = (np.concatenate(side) for side in zip(*found, strict=True))
    mutual = (apart <= NEAR) | (apart <= np.minimum(reach[here], reach[there]))
    pairs: NDArray[np.int64] = np.stack([here, there], axis=1)[mutual].astype(np.int64)
    return pairs


def components(size: int, edges: NDArray[np.int64]) -> Codes:
    """The connected component of each of `size` nodes, from pairs of nodes: its smallest node.

    The smallest number spreads along the pairs until nothing changes.
    """
    label = np.arange(size, dtype=np.int64)
    while len(edges):
        before = label.copy()
        np.minimum.at(label, edges[:, 0], label[edges[:, 1]])
        np.minimum.at(label, edges[:, 1], label[edges[:, 0]])
        label = label[label]
        if np.array_equal(before, label):
            break
    return label
