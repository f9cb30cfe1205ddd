"""What pages and the command line say of a subject in sentences: who it is, and what to do where nothing was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from nsgflow_core import COMMAND
from nsgflow_core.analysis.address.about import About
from nsgflow_core.analysis.address.known import Known
from nsgflow_core.analysis.address.parts import Part
from nsgflow_core.analysis.address.searching import Candidate
from nsgflow_core.analysis.address.subject import SubjectKind
from nsgflow_core.ask.text.times import moment_words
from nsgflow_core.stores.base import Extent
from nsgflow_core.words.prefixes import NOT_INSIDE, is_prefix
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import Decision

_SERVICE = ["src_ip", "dst_ip", "protocol", "port"]


def facts(known: Known, about: About, zone: tzinfo = UTC) -> Iterator[tuple[str, str]]:
    """(what, value) of each thing that is known: names, addresses, subnet, NICs, NSGs, first and last seen."""
    is_name = about.subject.kind is SubjectKind.NAME
    rows: tuple[tuple[str, list[str]], ...] = (
        ("Name", names_of(known, about)),
        ("Address", list(known.addresses or dict.fromkeys(about.names_seen["address"])) if is_name else []),
        ("Subnet", [known.subnet] if known.subnet else []),
        ("VNet", [known.vnet] if known.vnet else []),
        ("NIC", [f"{nic.name} {nic.mac}".strip() for nic in known.nics]),
        ("Machine", [f"{vm.name} ({vm.power})" if vm.power else vm.name for vm in known.machines]),
        ("NSG", [f"{guard.nsg} on {guard.on}" for guard in known.guards]),
        ("Service tag", [known.told.service_tag] if known.told.service_tag else []),
        ("Network", [" · ".join(filter(None, (known.told.asn, known.told.country)))]),
    )
    yield from ((what, "; ".join(values)) for what, values in rows if any(values))
    if about.ever:
        yield "First seen", moment_words(about.ever.first, zone)
        yield "Last seen", moment_words(about.ever.last, zone)


def handed_over(about: About, zone: tzinfo = UTC) -> str:
    """Who had the address when, where it changed hands by the log; "" where it did not."""
    turns = about.names_seen
    if about.subject.kind is not SubjectKind.ADDRESS or len(turns) < 2:
        return ""
    first, last = (turns[name].map(lambda moment: moment_words(moment, zone)) for name in ("first_seen", "last_seen"))
    told = (f"{name} from {since} to {until}" for name, since, until in zip(turns["name"], first, last, strict=True))
    return f"This address changed hands: {', then '.join(told)}."


def unseen(about: About, known: Known, held: Extent, zone: tzinfo = UTC) -> tuple[str, str]:
    """(what is so, what to do next) of a subject without a flow in its window."""
    text = in_short(about.subject.text)

    def span(first: datetime, last: datetime) -> str:
        return f"{moment_words(first, zone)} to {moment_words(last, zone)}"

    if about.ever:
        asked = about.flow_filter
        wider = ["choose a wider window"] if asked.since or asked.until else []
        looser = ["ask for less"] if asked.conditions else []
        return (
            f"No flow of {text} meets this filter." if looser else f"{text} was not seen in this window.",
            f"It was seen from {span(about.ever.first, about.ever.last)}: {', or '.join([*wider, *looser])}.",
        )
    holds = f" The store holds {span(held.first, held.last)}." if held.first and held.last else ""
    if known.nics or (known.subnet not in ("", *NOT_INSIDE) and not is_prefix(known.subnet)):
        where = f"NIC {known.nics[0].name}" if known.nics else f"subnet {known.subnet}"
        return (
            f"{text} was never seen, though it is of {where}.",
            f"Coverage ({COMMAND} coverage) says whether a flow log is on there and what arrived." + holds,
        )
    return (
        f"{text} was never seen in these flow logs.",
        f"Look at its spelling, search for a part of it, or import the logs of its VNet ({COMMAND} import)." + holds,
    )


def candidate_words(candidate: Candidate) -> str:
    """Like "vm-web-01 (10.20.1.4)"."""
    beside = candidate.address if candidate.address != candidate.subject.text else candidate.name
    return f"{candidate.subject.text} ({beside})" if beside else candidate.subject.text


def names_of(known: Known, about: About) -> list[str]:
    """The names of a single address or machine, by the inventory and by the log."""
    if not about.subject.is_single:
        return []
    return list(dict.fromkeys([*known.names, *map(str, about.names_seen["name"])]))


def title(known: Known, about: About) -> str:
    """Like "10.20.1.4 · vm-web-01"; of an address that changed hands, who has it now."""
    names = [] if about.subject.kind is SubjectKind.NAME else names_of(known, about)
    return " · ".join((about.subject.text, *names[-1:]))


def denied_as_well(about: About, part: Part) -> str:
    """Said behind the flows of an allowed part: how many of its services were denied too. "" where there are none.

    A near end logs as allowed what the far end denies, and so does who was cut off before that: such a row alone reads
    as if it worked.
    """
    denied = about.services[(about.services["way"] == part.way) & (about.services["decision"] == Decision.DENIED)]
    both = about.of(part)[_SERVICE].merge(denied[_SERVICE])
    if part.decision is Decision.DENIED or both.empty:
        return ""
    return f", {len(both):,} denied as well: at the other end, or for a time"


def new_words(about: About) -> str:
    """What "new" means here."""
    if about.compared is None:
        return "The store holds nothing of the time before, so nothing is called new"
    return f"New: not seen in {about.compared.words}"
