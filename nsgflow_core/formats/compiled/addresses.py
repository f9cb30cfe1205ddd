"""The addresses of a tuple as numbers: each text checked in full, and what is rarely written ODD, right or wrong."""

from __future__ import annotations

from nsgflow_core.formats.compiled.compiling import ODD, Bytes, byte, compiled, seldom
from nsgflow_core.formats.compiled.tables import MET, MET_BITS, MET_LINE, Scratch, address_number
from nsgflow_core.formats.compiled.texts import COLON, COMMA, POINT
from nsgflow_core.formats.compiled.words import COMMAS, MIXER, WORD_WIDTH, short_text

_MAPPED = 0xFFFF << 32


@compiled
def v4_at(part: Bytes, at: int) -> tuple[int, int]:
    """(an IPv4 address as a number, where the comma behind it is)."""
    packed = 0
    for octet in range(4):
        begin, number = at, 0
        while 0x30 <= byte(part, at) <= 0x39 and at - begin < 3:
            number = number * 10 + (byte(part, at) - 0x30)
            at += 1
        size = at - begin
        if size == 0 or number > 255 or (size > 1 and byte(part, begin) == 0x30):
            return 0, ODD
        if byte(part, at) != (POINT if octet < 3 else COMMA):
            return 0, ODD
        packed = packed << 8 | number
        at += octet < 3
    return packed, at


@compiled
def hex_at(part: Bytes, at: int) -> tuple[int, int]:
    """(up to four hexadecimal digits as a number, what is behind them)."""
    begin, number = at, 0
    while at - begin < 4:
        letter = byte(part, at) | 0x20
        if 0x30 <= byte(part, at) <= 0x39:
            number = number << 4 | (byte(part, at) - 0x30)
        elif 0x61 <= letter <= 0x66:
            number = number << 4 | (letter - 0x57)
        else:
            break
        at += 1
    return number, at


@compiled
def v6_at(part: Bytes, at: int) -> tuple[int, int, int]:
    """(upper and lower half of an IPv6 address, where the comma behind it is); one that ends as IPv4 is ODD."""
    high = low = behind_high = behind_low = groups = behind = 0
    is_gap = False
    while True:
        number, after = hex_at(part, at)
        if after == at:
            if is_gap or byte(part, at) != COLON or byte(part, at + 1) != COLON:
                return 0, 0, ODD
            is_gap = True
            at += 2
            if byte(part, at) == COMMA:
                break
            continue
        if groups + behind == 8:
            return 0, 0, ODD
        if is_gap:
            behind_high, behind_low = behind_high << 16 | (behind_low >> 48 & 0xFFFF), behind_low << 16 | number
            behind += 1
        else:
            high, low = high << 16 | (low >> 48 & 0xFFFF), low << 16 | number
            groups += 1
        at = after
        if byte(part, at) == COMMA:
            break
        if byte(part, at) != COLON:
            return 0, 0, ODD
        if byte(part, at + 1) != COLON:
            at += 1
            if hex_at(part, at)[1] == at:
                return 0, 0, ODD
    if groups + behind > (7 if is_gap else 8) or (not is_gap and groups < 8):
        return 0, 0, ODD
    for _ in range(8 - groups):
        high, low = high << 16 | (low >> 48 & 0xFFFF), low << 16
    return high | behind_high, low | behind_low, at


@compiled
def address_at(work: Scratch, part: Bytes, at: int) -> tuple[int, int]:
    """(the number of the address, where the comma behind it is).

    A text of at most 15 letters is looked up as it stands, with its comma: most were met before in this batch.
    """
    first, second, size = short_text(part, at, COMMAS)
    if size == 2 * WORD_WIDTH:
        return read_at(work, part, at)
    mixed = (first ^ second * 0x1E3779B97F4A7C15) * MIXER
    met = MET + MET_LINE * ((mixed >> 40) & ((1 << MET_BITS) - 1))
    if work[met] == first and work[met + 1] == second and work[met + 2] > 0:
        return work[met + 2] - 1, at + size
    number, end = read_at(work, part, at)
    if end >= 0 and number >= 0:
        work[met], work[met + 1], work[met + 2] = first, second, number + 1
    return number, end


@seldom
def read_at(work: Scratch, part: Bytes, at: int) -> tuple[int, int]:
    """The same, letter by letter."""
    packed, end = v4_at(part, at)
    if end >= 0:
        return address_number(work, 0, _MAPPED | packed), end
    high, low, end = v6_at(part, at)
    return (address_number(work, high, low), end) if end >= 0 else (0, ODD)
