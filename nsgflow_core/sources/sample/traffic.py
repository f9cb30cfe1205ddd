"""The sample estate's connections in time, made from the service table.

Every service has its own generator, seeded with its name, so changing one leaves the others as they are. Only
`Random.random()` is used, the one method whose sequence Python promises to keep, and no function of the C library,
so the bytes are the same on every machine.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from nsgflow_core.sources.sample import estate as estate
from nsgflow_core.sources.sample.policy import VM_AT, FirstPacket, Ruling, era, rule_at
from nsgflow_core.sources.sample.services import POOLS, SERVICES, At, Every, Rhythm, SampleService

START_MS = int(estate.START.timestamp()) * 1000
END_MS = int(estate.END.timestamp()) * 1000
_FIRST_EPHEMERAL = 49_152


class SampleConnection(NamedTuple):
    """One connection, or one attempt at one, before it is written to any log."""

    service: str
    start: int
    """Milliseconds since 1970."""
    milliseconds: int
    """How long it lasts; it may outlast the week."""
    src_ip: str
    dst_ip: str
    src_port: int
    dst_port: int
    protocol: int
    src_to_dst_packets: int
    src_to_dst_bytes: int
    dst_to_src_packets: int
    dst_to_src_bytes: int
    outbound: Ruling | None
    """What the source's NIC logs; None when the source is not a VM of the estate."""
    inbound: Ruling | None
    """What the destination's NIC logs; None when it is no VM of the estate, or the packet never got there."""

    @property
    def allowed(self) -> bool:
        """True when nothing on its way denied it."""
        return all(ruling.allowed for ruling in (self.outbound, self.inbound) if ruling)


def sample_connections() -> Iterator[SampleConnection]:
    """All connections of the week, service by service; sorted by start within a service."""
    for service in SERVICES:
        yield from _connections_of(service)


def _connections_of(service: SampleService) -> Iterator[SampleConnection]:
    draw = random.Random(zlib.crc32(service.name.encode()))
    chance = draw.random
    ports, count = service.ports, len(service.ports)
    for start, source, destination in _meetings(service, chance):
        if not (_is_running(source, start) and _is_running(destination, start)):
            continue
        port = ports[int(chance() * count)]
        packet = FirstPacket(source, destination, service.protocol, port)
        src_port = _FIRST_EPHEMERAL + int(chance() * 16_000)
        milliseconds = _between(*service.seconds, chance()) * 1000 + int(chance() * 1000)
        sent, returned = _between(*service.sent, chance()), _between(*service.returned, chance())
        yield _connection(service.name, start, milliseconds, packet, src_port, sent, returned)


def _connection(
    service: str, start: int, milliseconds: int, packet: FirstPacket, src_port: int, sent: int, returned: int
) -> SampleConnection:
    """Let the rules decide; an attempt that is denied at the far end is three unanswered SYNs to the near end."""
    rules_of = era((start - START_MS) // 60_000)
    source, destination = VM_AT.get(packet.source), VM_AT.get(packet.destination)
    outbound = rule_at(source, "Outbound", packet, rules_of) if source else None
    inbound = None
    if destination and (outbound is None or outbound.allowed):
        inbound = rule_at(destination, "Inbound", packet, rules_of)
    counters = (sent // 700 + 4, sent, returned // 1_100 + 4, returned)
    if (outbound and not outbound.allowed) or (inbound and not inbound.allowed):
        milliseconds, counters = 21_000, (3, 198, 0, 0)
    return SampleConnection(
        service, start, milliseconds, packet.source, packet.destination, src_port, packet.port, packet.protocol,
        *counters, outbound, inbound,
    )  # fmt: skip


def _meetings(service: SampleService, chance: Callable[[], float]) -> Iterator[tuple[int, str, str]]:
    """(start in milliseconds since 1970, source, destination), in order of time."""
    sources = tuple(address for name in service.sources for address in POOLS[name])
    destinations = tuple(address for name in service.destinations for address in POOLS[name])
    since, until = estate.moment(service.since), estate.moment(service.until)
    if isinstance(service.when, Rhythm):
        for start in _beats(service.when, since, until, chance):
            yield start, sources[int(chance() * len(sources))], destinations[int(chance() * len(destinations))]
        return
    for minute in _minutes(service.when, since, until):
        for source in sources:
            for destination in destinations:
                yield START_MS + minute * 60_000 + int(chance() * 50_000), source, destination


def _beats(rhythm: Rhythm, since: int, until: int, chance: Callable[[], float]) -> Iterator[int]:
    """Starts spread at random over each hour, as many as the hour's share of the peak asks for."""
    for hour in range(since // 60, (until + 59) // 60):
        weekend = rhythm.weekend if hour >= 5 * 24 else 100
        count = int(rhythm.per_hour * rhythm.shape[hour % 24] * weekend / 10_000 + chance())
        yield from sorted(START_MS + hour * 3_600_000 + int(chance() * 3_600_000) for _ in range(count))


def _minutes(when: Every | At, since: int, until: int) -> Iterator[int]:
    """The minutes since the start of the week at which a regular service begins."""
    if isinstance(when, At):
        yield from (estate.moment(text) for text in when.moments)
        return
    yield from (minute for minute in range(when.offset, until, when.minutes) if minute >= since)


def _between(low: int, high: int, chance: float) -> int:
    """More often small than large, as traffic is."""
    return low + int((high - low) * chance * chance)


def _is_running(address: str, start: int) -> bool:
    vm = VM_AT.get(address)
    return vm is None or (start - START_MS) // 3_600_000 in estate.RUNNING[vm.running]
