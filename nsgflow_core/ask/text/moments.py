"""Moments as people say them: `yesterday 14:00`, `last monday`, `19 Nov 03:00`, `2h`, `3 days ago`, `3am`.

A day alone is its midnight, a time alone its latest one. A day without a year is the latest such day, up to a week
ahead. What two readers would read as two days is refused with both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from nsgflow_core.errors import BadFilter
from nsgflow_core.words.numbers import whole_number

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_UNITS = (
    (timedelta(seconds=1), ("s", "sec", "secs", "second", "seconds")),
    (timedelta(minutes=1), ("m", "min", "mins", "minute", "minutes")),
    (timedelta(hours=1), ("h", "hr", "hrs", "hour", "hours")),
    (timedelta(days=1), ("d", "day", "days")),
    (timedelta(weeks=1), ("w", "wk", "wks", "week", "weeks")),
)
_LENGTHS = {word: length for length, words in _UNITS for word in words}
_AHEAD = timedelta(days=7)
"""A day without a year may lie so far ahead: the end of a window often does."""
_MOST = 10**9

_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:[ /-]*(?P<year>[0-9]{4}))?"
_NAMED = tuple(re.compile(text) for text in (rf"{_DAY}[ /-]*{_MONTH}{_YEAR}", rf"{_MONTH}[ /-]*{_DAY}{_YEAR}"))
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})([-/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})")
_YEAR_LAST = re.compile(r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<second>[0-9]{1,2})(?:(?P=mark)(?P<year>[0-9]{4})?)?")
_WEEKDAY = re.compile(
    r"(?P<which>last |past |this )?(?P<day>mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|rs|rsday|urday)?"
)
_CLOCK = re.compile(
    r"(?<![0-9:./-])(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?)?"
    r" ?(?P<half>am|pm)?(?![0-9:a-z])"
)
_ZONE = re.compile(r"(?<=[0-9m]) ?(?P<zone>z|utc|gmt|[+-][0-9]{2}:?[0-9]{2})$")
_STEP = re.compile(r"(?P<count>[0-9]+|an?|one|two|three|four|five|six|seven|eight) ?(?P<unit>[a-z]+)(?: |(?=[0-9])|$)")


def said_moment(text: str, now: datetime) -> datetime | None:
    """The moment that a phrase says, seen from `now` and read in its zone; None for what is none.

    Raises BadFilter for a day that can be read in two ways, ValueError or OverflowError for one that does not exist.
    """
    said = " ".join(text.casefold().replace(",", " ").split())
    minute = now.replace(second=0, microsecond=0)
    if said == "now":
        return minute
    length = _length_of(said)
    if length is not None:
        return (minute.astimezone(UTC) - length).astimezone(now.tzinfo)
    clock_part, zone = _zone_of(said, now.tzinfo or UTC)
    here = minute.astimezone(zone)
    rest, clock = _clock_of(clock_part)
    if not rest and clock is None:
        return None
    days = _days_of(rest, here, clock or time())
    return None if days is None else datetime.combine(days, clock or time(), zone)


def _length_of(said: str) -> timedelta | None:
    """How long ago `2h`, `-7d`, `1h30m`, `an hour ago`, `past 90 minutes` is."""
    steps = re.sub(r"^(?:-|last (?=[0-9])|past )|(?: ago| before)$", "", said).strip()
    if said in ("last hour", "past hour", "past day", "past week"):
        steps = f"1 {said.split()[1]}"
    total, at = timedelta(), 0
    while at < len(steps):
        found = _STEP.match(steps, at)
        if not found or found["unit"] not in _LENGTHS:
            return None
        count = _NUMBERS.get(found["count"]) or whole_number(found["count"], _MOST)
        if count is None:
            raise OverflowError
        total, at = total + count * _LENGTHS[found["unit"]], found.end()
    return total if steps else None


def _zone_of(said: str, zone: tzinfo) -> tuple[str, tzinfo]:
    """What is left without a zone at its end, and that zone."""
    found = _ZONE.search(said)
    if not found or not re.search(r"[:m]", said[: found.start()]):  # else the end of a date, like 19-11-2026
        return said, zone
    name = found["zone"]
    if name[0] not in "+-":
        return said[: found.start()], UTC
    ahead = timedelta(hours=int(name[1:3]), minutes=int(name[-2:]))
    return said[: found.start()], timezone(ahead if name[0] == "+" else -ahead)


def _clock_of(said: str) -> tuple[str, time | None]:
    """What is left without the time of day, and that time; None where it names none."""
    for word, clock in (("midnight", time()), ("noon", time(12))):
        if re.search(rf"\b{word}\b", said):
            return _day_words(re.sub(rf"\b{word}\b", " ", said)), clock
    for found in _CLOCK.finditer(said):
        if found["minute"] or found["half"]:
            return _day_words(f"{said[: found.start()]} {said[found.end() :]}"), _time_of(found)
    return _day_words(said), None


def _time_of(found: re.Match[str]) -> time:
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + 12 * (found["half"] == "pm")
    return time(hour, minute, second)


def _day_words(said: str) -> str:
    """Without the words that only join: `on the 19th of November at`."""
    return " ".join(word for word in said.split() if word not in ("on", "the", "of", "at"))


def _days_of(said: str, here: datetime, clock: time) -> date | None:
    """The day that words name, seen from `here`; "" is the latest that has the time of day."""
    today = here.date()
    near: dict[str, Callable[[], date]] = {
        "": lambda: today - timedelta(days=clock > here.time()),
        "today": lambda: today,
        "yesterday": lambda: today - timedelta(days=1),
        "day before yesterday": lambda: today - timedelta(days=2),
        "tomorrow": lambda: today + timedelta(days=1),
        "this week": lambda: today - timedelta(days=today.weekday()),
        "last week": lambda: today - timedelta(days=today.weekday() + 7),
        "this month": lambda: today.replace(day=1),
        "last month": lambda: (today.replace(day=1) - timedelta(days=1)).replace(day=1),
    }
    if said in near:
        return near[said]()
    if found := _WEEKDAY.fullmatch(said):
        back = (today.weekday() - _DAYS.index(found["day"])) % 7
        is_before = found["which"] == "last " or clock > here.time()
        return today - timedelta(days=back or 7 * is_before)
    ago = _length_of(said) if said.endswith(" ago") else None
    if ago is not None:
        return (here - ago).date()
    return _date_of(said, today)


def _date_of(said: str, today: date) -> date | None:
    if found := _YEAR_FIRST.fullmatch(said):
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    for pattern in _NAMED:
        if found := pattern.fullmatch(said):
            return _dated(int(found["day"]), _MONTHS.index(found["month"][:3]) + 1, found["year"], today)
    if found := _YEAR_LAST.fullmatch(said):
        first, second = int(found["first"]), int(found["second"])
        if found["mark"] == "." or first > 12 or first == second:
            return _dated(first, second, found["year"], today)
        if second > 12:
            return _dated(second, first, found["year"], today)
        told = [f"{day} {_MONTHS[month - 1].capitalize()}" for day, month in ((first, second), (second, first))]
        raise BadFilter(f"'{said}' can be {told[0]} or {told[1]}.", f"Write {told[0]}, {told[1]}, or the year first.")
    return None


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    """That day of a year; without one of the latest year that has it, up to a week ahead."""
    if year:
        return date(int(year), month, day)
    for candidate in range(today.year + 1, today.year - 9, -1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if found <= today + _AHEAD:
            return found
    raise ValueError(day)
