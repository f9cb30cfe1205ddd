"""Records as Azure writes them, one after the other, up to the first that is anything else."""

from __future__ import annotations

from nsgflow_core.formats.compiled.compiling import FULL, NO_WORD, ODD, OVER, Bytes, byte, compiled, entry
from nsgflow_core.formats.compiled.tables import (
    BEGIN,
    BLOB,
    FIRST,
    FRONT,
    FRONT_NAMES,
    FRONT_SIZE,
    HAS_WASTE,
    LAST,
    LASTS,
    LATEST,
    N_ADDRESSES,
    N_CONTEXTS,
    N_ROWS,
    NUMBER,
    OF_RECORD,
    RECORD_NAMES,
    STOP,
    TUPLES,
    Blobs,
    Rows,
    Scratch,
    word_number,
)
from nsgflow_core.formats.compiled.texts import (
    ACL,
    CLOSE_LIST,
    CLOSE_OBJECT,
    COMMA,
    FLOW_GROUPS,
    FLOW_RECORDS,
    FLOWS,
    OPEN_LIST,
    OPEN_OBJECT,
    OTHER_KEY,
    PROPERTIES,
    RESOURCE,
    RULE,
    TARGET,
    VERSION,
    after_plain_value,
    after_space,
    key_at,
    next_member,
)
from nsgflow_core.formats.compiled.tuple_groups import groups_at, name_at
from nsgflow_core.formats.compiled.tuples import V1, V2, V4
from nsgflow_core.formats.compiled.words import are_alike


@entry
def records_at(
    work: Scratch, rows: Rows, part: Bytes, blobs: Blobs, largest: int, are_whole: bool
) -> tuple[int, int, int]:
    """(blobs taken, behind the last record taken of the one that was read last, why no more: 0, ODD, FULL or OVER).

    A line of `blobs` (see BLOB_COLUMNS) says where a blob's bytes are, and is told what was taken of it. Of each it
    goes on until a record ends behind its stop. A record that cannot be taken leaves no row. Where blobs are whole,
    neither does a blob of which not all can be taken: it is ODD, or FULL, and the last one that is read.
    """
    work[LAST : LAST + 3 * LASTS] = 0
    work[FRONT_SIZE] = 0
    taken = why = 0
    for place in range(len(blobs)):
        before, addresses, contexts = work[N_ROWS], work[N_ADDRESSES], work[N_CONTEXTS]
        work[BLOB] = blobs[place, NUMBER]
        begin, stop = blobs[place, BEGIN], blobs[place, STOP]
        taken, why = taken_at(work, rows, part, begin, stop, largest)
        if are_whole and (taken == begin or not is_closed(part, taken, stop)):
            take_back(work, before, addresses, contexts)
            return place, taken, FULL if why == FULL else ODD
        tell_rows(work, rows, before, blobs, place)
    return len(blobs), taken, why


@compiled
def is_closed(part: Bytes, at: int, stop: int) -> bool:
    """True where nothing is left but what Azure ends a blob with."""
    return stop - at == 2 and byte(part, at) == CLOSE_LIST and byte(part, at + 1) == CLOSE_OBJECT


@compiled
def take_back(work: Scratch, rows: int, addresses: int, contexts: int) -> None:
    """Leave no more rows than these; of the words that these refer to there may be more."""
    work[N_ROWS] = rows
    if work[N_ADDRESSES] > addresses or work[N_CONTEXTS] > contexts:
        work[HAS_WASTE] = 1


@compiled
def tell_rows(work: Scratch, rows: Rows, before: int, blobs: Blobs, place: int) -> None:
    """Put down how many rows a blob has, those behind `before`, and their first and last time."""
    count = work[N_ROWS] - before
    blobs[place, TUPLES] = count
    if count == 0:
        return
    first = last = rows[before].time
    for row in range(before + 1, before + count):
        first = min(first, rows[row].time)
        last = max(last, rows[row].time)
    blobs[place, FIRST], blobs[place, LATEST] = first, last


@compiled
def taken_at(work: Scratch, rows: Rows, part: Bytes, at: int, stop: int, largest: int) -> tuple[int, int]:
    """(behind the last record taken, or `at`; why no more)."""
    taken = at
    while True:
        at = after_space(part, at)
        while byte(part, at) == COMMA:
            at = after_space(part, at + 1)
        if taken >= stop:
            return taken, 0
        if byte(part, at) != OPEN_OBJECT:
            return taken, OVER if is_end(part, at) else ODD
        before, addresses, contexts = work[N_ROWS], work[N_ADDRESSES], work[N_CONTEXTS]
        end = record_at(work, rows, part, at)
        if end >= 0 and end - at > largest:
            end = ODD
        if end < 0:
            take_back(work, before, addresses, contexts)
            return taken, end
        taken = at = end


@compiled
def is_end(part: Bytes, at: int) -> bool:
    """True where nothing is left but the end of the list and of the object that holds it, each if it is there."""
    if byte(part, at) == CLOSE_LIST:
        at = after_space(part, at + 1)
        if byte(part, at) == CLOSE_OBJECT:
            at = after_space(part, at + 1)
    return at >= len(part)


@compiled
def record_at(work: Scratch, rows: Rows, part: Bytes, at: int) -> int:
    """Take a record whose brace is at `at`; behind it, ODD or FULL."""
    begin, at = front_at(work, part, after_space(part, at + 1))
    is_done = False
    while at >= 0:
        start = at
        key, at = key_at(part, at)
        if key < 0:
            return ODD
        is_name = RESOURCE <= key <= TARGET
        if is_name or key == FLOW_RECORDS or key == PROPERTIES:
            if is_done:
                return ODD
            if is_name:
                word, at = name_at(work, part, at, key)
                work[OF_RECORD + key - RESOURCE] = word
            else:
                if begin > 0:
                    keep_front(work, begin, start)
                at = flows_at(work, rows, part, at, V4 if key == FLOW_RECORDS else V2)
                is_done = True
        else:
            at = after_plain_value(part, at)
        if at < 0:
            return at
        at, is_end = next_member(part, at, CLOSE_OBJECT)
        if is_end:
            return at if is_done else ODD
    return at


@compiled
def front_at(work: Scratch, part: Bytes, at: int) -> tuple[int, int]:
    """Past a record's first member, which is mostly its time, and past what the record before had behind it too.

    (Where what is kept of this one for the next begins, or 0; where the next member begins, or ODD.)
    """
    work[OF_RECORD : OF_RECORD + RECORD_NAMES] = NO_WORD
    key, end = key_at(part, at)
    if key != OTHER_KEY:
        return 0, at
    end = after_plain_value(part, end)
    if end < 0:
        return 0, ODD
    begin, is_end = next_member(part, end, CLOSE_OBJECT)
    if begin < 0 or is_end:
        return 0, ODD
    size = work[FRONT_SIZE]
    if size == 0 or not are_alike(part, work[FRONT], begin, size):
        return begin, begin
    for name in range(RECORD_NAMES):
        work[OF_RECORD + name] = work[FRONT_NAMES + name]
    return begin, begin + size


@compiled
def keep_front(work: Scratch, begin: int, end: int) -> None:
    """Keep what stands between the first member of a record and its flows, and the names in it."""
    work[FRONT], work[FRONT_SIZE] = begin, end - begin
    for name in range(RECORD_NAMES):
        work[FRONT_NAMES + name] = work[OF_RECORD + name]


@compiled
def flows_at(work: Scratch, rows: Rows, part: Bytes, at: int, layout: int) -> int:
    """The value of `flowRecords` or `properties`, with the names of its record."""
    if byte(part, at) != OPEN_OBJECT:
        return ODD
    resource, mac, target = work[OF_RECORD], work[OF_RECORD + 1], work[OF_RECORD + 2]
    if layout == V2:
        return holder_at(work, rows, part, at, layout, resource, resource)
    if target < 0:
        target = word_number(work, part, at, at)
    return holder_at(work, rows, part, at, layout, mac, target) if target >= 0 else FULL


@compiled
def holder_at(work: Scratch, rows: Rows, part: Bytes, at: int, layout: int, outer: int, target: int) -> int:
    """The value of `flowRecords` or `properties`. `outer` is the word of the record's MAC, or of its NSG."""
    at = after_space(part, at + 1)
    version = layout if layout == V4 else 0
    is_done = False
    while True:
        key, at = key_at(part, at)
        if key < 0:
            return ODD
        if key == VERSION and layout != V4:
            if is_done:
                return ODD
            version = V1 if byte(part, at) == 0x31 else V2
            if byte(part, at) != 0x31 and byte(part, at) != 0x32:
                return ODD
            if after_plain_value(part, at) != at + 1:
                return ODD
            at += 1
        elif key == FLOWS:
            if is_done or version == 0 or byte(part, at) != OPEN_LIST:
                return ODD
            is_done = True
            at = entries_at(work, rows, part, at, version, outer, target)
        else:
            at = after_plain_value(part, at)
        if at < 0:
            return at
        at, is_end = next_member(part, at, CLOSE_OBJECT)
        if at < 0 or is_end:
            return at if is_done else ODD


@compiled
def entries_at(work: Scratch, rows: Rows, part: Bytes, at: int, layout: int, outer: int, target: int) -> int:
    """A list of what each ACL (version 4) or rule decided."""
    at = after_space(part, at + 1)
    if byte(part, at) == CLOSE_LIST:
        return at + 1
    while True:
        at = entry_at(work, rows, part, at, layout, outer, target)
        if at < 0:
            return at
        at, is_end = next_member(part, at, CLOSE_LIST)
        if at < 0 or is_end:
            return at


@compiled
def entry_at(work: Scratch, rows: Rows, part: Bytes, at: int, layout: int, outer: int, target: int) -> int:
    """One of these: its name, then the list of its groups."""
    name_key, list_key = (ACL, FLOW_GROUPS) if layout == V4 else (RULE, FLOWS)
    if byte(part, at) != OPEN_OBJECT:
        return ODD
    at = after_space(part, at + 1)
    name = NO_WORD
    is_done = False
    while True:
        key, at = key_at(part, at)
        if key < 0:
            return ODD
        if (key == name_key or key == list_key) and is_done:
            return ODD
        if key == name_key:
            name, at = name_at(work, part, at, key)
        elif key == list_key:
            if name < 0 or byte(part, at) != OPEN_LIST:
                return ODD
            is_done = True
            at = groups_at(work, rows, part, at, layout, name, outer, target)
        else:
            at = after_plain_value(part, at)
        if at < 0:
            return at
        at, is_end = next_member(part, at, CLOSE_OBJECT)
        if at < 0 or is_end:
            return at if is_done else ODD
