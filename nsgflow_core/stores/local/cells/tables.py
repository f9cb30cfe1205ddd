"""The tables that stand beside `flows`, so that a question reads a tenth of the rows and gives the same answer.

Flows of one hour, key (source, destination, protocol, port) and context are added up to one row, a *cell*: tuples,
states, bytes, packets, first and last are additive. How many flows there were is not: a connection that is logged at
both ends, in two kinds of log or in two hours is one. So beside what was added up a cell has a *share* of the resolved
flows, bytes and packets of its key and decision within its hour or day: all of it lies on one of the key's cells, the
others have 0, and the answer is a plain sum of shares wherever the share is proven to hold:

    once    cells of keys that live in one hour of the store: they hold in every window of whole hours
    hours   cells of all other keys: they hold where a question tells hours apart
    days    the same by day: they hold where it tells days apart
    ever    the same over all time: they hold where a window has all flows and no times are told apart
    keys    the keys of these three

`differs` says in which words the contexts of such a key differ. A question that groups or filters by one of them, and
every question that these shares do not hold for, works flows out from the cells that it asks about; but for cells that
are alone in their direction, where it asks for one direction or tells them apart.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from nsgflow_core.formats.coded.flows import CONTEXT_WORDS
from nsgflow_core.words.sets.bit_sets import set_of

KEY = ("src", "dst", "protocol", "dst_port")
ADDED = ("tuples", "state_0", "state_1", "state_3", "bytes", "packets", "dst_to_src_packets")
"""What of flows is additive, as `MeasureSql.sums` names it."""
TIMES = ("first_seen", "last_seen")
SHARED = ("flows", "bytes", "packets", "dst_to_src_packets")
"""The measures of which cells have shares, as `<measure>_share`."""
SHARES = tuple(f"{name}_share" for name in SHARED)

WORDS: tuple[str, ...] = tuple(word for word in CONTEXT_WORDS if word != "decision")
"""What contexts of one decision can differ in; the place of each is its bit in `differs`."""
SPELLED, MERGING, OPEN, ALONE = (1 << len(WORDS) + place for place in range(4))
"""Bits beside those of words. SPELLED: the ids of NSGs are spelled differently in the logs. MERGING: the share is right
only as long as NSGs are told apart as they were when it was worked out. OPEN: the share does not hold, whatever is
asked; no cell has it, every question asks for it. ALONE, for which no question asks: no other cell of its key and
decision is of its direction, so where a question tells directions apart what it adds up is its share."""
NOT_ALONE = ~ALONE
"""All bits but that one: of a cell whose share does not hold."""
_NAMED = ("nsg", "nsg_id")

_ADDED = f"{', '.join(f'{name} BIGINT' for name in ADDED)}, {', '.join(f'{name} TIMESTAMP' for name in TIMES)}"
VIEWED = frozenset({"decision", "log_kind", "direction", "nsg", "nsg_id", "rule"})
"""The words that a viewpoint has one of, as `context_codes` numbers it."""
ENDS = """
CREATE TABLE IF NOT EXISTS own_hours (time TIMESTAMP, context INTEGER, address INTEGER, tuples BIGINT);
CREATE TABLE IF NOT EXISTS met_hours (time TIMESTAMP, address INTEGER, is_sent BOOLEAN, tuples BIGINT,
    first_part UTINYINT, last_part UTINYINT, is_counted BOOLEAN, is_returned BOOLEAN);
CREATE TABLE IF NOT EXISTS outside (id INTEGER);
"""
"""What each end logged of itself by the hour, and what others logged of it (`ends.py`): for Coverage and proofs, which
ask for all of it."""
OF_ENDS = frozenset({"log_kind", "target", "mac", "direction"})
"""Words of which lines of `own_hours` have each value apart."""
_CELL = f"context INTEGER, differs SMALLINT, {_ADDED}, {', '.join(f'{name} BIGINT' for name in SHARES)}"
TABLES = f"""
CREATE TABLE once (time TIMESTAMP, src INTEGER, dst INTEGER, protocol UTINYINT, dst_port USMALLINT, {_CELL});
CREATE TABLE keys (id INTEGER, src INTEGER, dst INTEGER, protocol UTINYINT, dst_port USMALLINT);
CREATE TABLE hours (time TIMESTAMP, key INTEGER, {_CELL});
CREATE TABLE days (time TIMESTAMP, key INTEGER, {_CELL});
CREATE TABLE ever (time TIMESTAMP, key INTEGER, {_CELL});
CREATE TABLE context_codes (id INTEGER, is_denied BOOLEAN, side BIGINT, view BIGINT,
    {", ".join(f"w_{word} BIGINT" for word in WORDS)}, spelled BIGINT);
CREATE TABLE cells_state (is_whole BOOLEAN, is_named BOOLEAN, most_address BIGINT, first TIMESTAMP, last TIMESTAMP,
    next_row BIGINT, tuples BIGINT, is_summed BOOLEAN);
{ENDS}"""
"""`context_codes` has the words of contexts as numbers, as NSGs were told apart when the tables were made: of each
word, of the side (log kind, direction), of the viewpoint (decision, log kind, direction, NSG, rule) and of the NSG as
it is spelled. `cells_state` has one row once the tables were made: whether they hold all flows, whether NSGs are told
apart as they were then, the highest number of an address, the first and last time, the first flow row that they do not
hold, how many tuples they hold, and whether `days` and `ever` have what `hours` has.
"""
_OF_ENDS = ("own_hours", "met_hours", "outside")
CELL_TABLES = ("once", "keys", "hours", "days", "ever", "context_codes", "cells_state", *_OF_ENDS)
ANEW = "".join(f"DROP TABLE IF EXISTS {name};\n" for name in CELL_TABLES) + TABLES
"""Tables that are otherwise than these become these, empty."""


def asked_bits(words: AbstractSet[str], *, is_named: bool) -> int:
    """The bits that a question about these words asks for; `is_named`: NSGs are told apart as in the tables."""
    asked = set(words)
    bits = OPEN if is_named else OPEN | MERGING
    if asked & set(_NAMED) and not is_named:
        asked -= set(_NAMED)
        bits |= SPELLED
    return bits | set_of(asked, WORDS)
