"""Remembered connections: where logs are and how often to look, kept with the store as one text of JSON, no secrets.

The text lies among the store's settings under `connections`. What would be a secret is refused when a `Connection` is
made, so that none can be written: a key, SAS or sign-in is asked for again, or lent by a session while it is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from nsgflow_core.ask.text.times import parse_time
from nsgflow_core.credentials import CLOUDS, CLUSTERS, STORAGE, read_endpoint
from nsgflow_core.errors import InputError
from nsgflow_core.intake.job import ImportWindow
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.sources.base import Place, Source
from nsgflow_core.words.visible import visible

SETTING = "connections"
LONGEST_PLACE_NAME = 60
LONGEST_PLACE = 4_096
MOST_EVERY = 7 * 24 * 60
"""Minutes between two rounds at most: a week."""
SIGN_INS: Mapping[str, str] = {
    "": "",
    "environment": "",
    "entra": "",
    "device": "sign-in with a device code",
    "key": "account key",
    "sas": "SAS",
    "string": "connection string",
}
"""How a source was signed in to -> the secret that opens it again; "" for none: a folder, the server's own identity."""
ASKED: Mapping[str, tuple[str, ...]] = {
    "workspace": ("entra", "device"), "cluster": ("entra", "device"), "lake": ("", "entra", "sas"),
}  # fmt: skip
"""What is asked where it lies -> the ways to sign in to it."""
ENVIRONMENT = Place("azure")
"""How `open_source` is told of the account that the environment names."""
_WORKSPACE = re.compile(r"[0-9A-Za-z_-]{1,64}")
_SECRET = re.compile(r"sig=|accountkey|sharedaccess|;|\?|//[^/]*@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Connection:
    """A place that holds flow logs, as somebody wants to open it again."""

    name: str
    place: str
    """An account or container URL, a folder's path, `azure` for the account of the environment, or a workspace ID."""
    sign_in: str
    """A key of SIGN_INS."""
    containers: tuple[str, ...] = ()
    since: str = ""
    """Start of the window as the command line writes it: "-7d", a time, or "" for the first hour."""
    until: str = ""
    every: int = 0
    """Minutes between two rounds of the server; 0 for none."""
    asked: str = ""
    """A key of ASKED for what is asked where it lies and never imported: it has no window and no rounds."""
    cloud: str = ""
    """Of a workspace or a cluster, as `az cloud list` spells it."""
    tenant: str = ""
    """Of a device code there."""
    database: str = ""
    """Of a cluster."""

    def __post_init__(self) -> None:
        self._check_kinds()
        if not self.name.strip() or len(self.name) > LONGEST_PLACE_NAME or visible(self.name) != self.name:
            raise InputError(
                "A connection needs a name.", f"Give it one of at most {LONGEST_PLACE_NAME} letters, like Production."
            )
        if any(_SECRET.search(text) for text in (self.name, self.place, *self._details, *self.containers)):
            raise InputError(
                "A connection is remembered without secrets.", "Give it a name and a place that hold none."
            )
        parse_time(self.since), parse_time(self.until)
        self._check_place()

    def _check_kinds(self) -> None:
        """A store's file may be anybody's: what is no text, number or known word in it is no connection."""
        texts = (self.name, self.place, self.sign_in, self.since, self.until, self.asked, *self._details)
        held: tuple[object, ...] = (*texts, *self.containers)
        is_typed = all(isinstance(text, str) for text in held) and type(self.every) is int
        if (
            not is_typed
            or not (self.asked == "" or self.sign_in in ASKED.get(self.asked, ()))
            or not isinstance(self.containers, tuple)
            or self.sign_in not in SIGN_INS
            or not 0 <= self.every <= MOST_EVERY
            or max(len(text) for text in (self.place, *self.containers)) > LONGEST_PLACE
            or any(visible(text) != text for text in (*self.containers, self.tenant, self.database))
            or not (self.cloud == "" or self.cloud in [cloud.name for cloud in CLOUDS.values()])
        ):
            raise InputError("A remembered connection cannot be read.", "Remove it, and remember it again.")

    def _check_place(self) -> None:
        """Its place is what its way to sign in opens: nothing else can be opened in its stead."""
        if self.asked == "workspace":
            is_one = not self.every and bool(_WORKSPACE.fullmatch(self.place))
        elif self.asked == "cluster":
            is_one = not self.every and bool(self.database and read_endpoint(self.place, like=CLUSTERS.example))
        elif self.asked and self.every:
            is_one = False
        elif self.sign_in == "":
            is_one = PurePosixPath(self.place).is_absolute() or PureWindowsPath(self.place).is_absolute()
        elif self.sign_in == "environment":
            is_one = self.place == ENVIRONMENT.text
        else:
            is_one = bool(read_endpoint(self.place, like=STORAGE.example))
        if not is_one:
            raise InputError(f"The place of {self.name} is none that can be remembered.", "Open it again on Connect.")

    @property
    def _details(self) -> tuple[str, ...]:
        return self.cloud, self.tenant, self.database

    @property
    def opens(self) -> tuple[str, ...]:
        """What it is, whatever its window and rhythm: only a connection of the same gets what was lent to it."""
        return (self.name.casefold(), self.asked, self.place, self.database, self.sign_in, *self.containers)

    @property
    def needs(self) -> str:
        """The secret that opens it again, in words; "" when none is needed."""
        return SIGN_INS[self.sign_in]

    @property
    def window(self) -> ImportWindow:
        """The part to read now."""
        return ImportWindow(parse_time(self.since), parse_time(self.until))

    @property
    def words(self) -> str:
        """Place and window for people."""
        if self.asked:
            words = {
                "workspace": "Log Analytics workspace",
                "cluster": f"Database {self.database} of",
                "lake": "Parquet in",
            }
            return f"{words[self.asked]} {self.place}"
        span = {"": "everything", "-1d": "the last 24 hours", "-7d": "the last 7 days"}
        window = span.get(self.since, self.window.words) if not self.until else self.window.words
        return " · ".join([self.place, *([", ".join(self.containers)] if self.containers else []), window])


def every_words(minutes: int) -> str:
    """A rhythm for people."""
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            count = minutes // size
            return f"every {unit}" if count == 1 else f"every {count} {unit}s"
    return ""


def of_source(source: Source, name: str, sign_in: str, since: str, until: str, every: int) -> Connection:
    """The connection that opens this source again. Raises InputError where it cannot be remembered without a secret."""
    place = ENVIRONMENT if sign_in == "environment" else source.place
    return Connection(name.strip(), place.text, sign_in, place.containers, since, until, every)


def load(settings: Settings) -> tuple[Connection, ...]:
    """The connections kept, by name; those that this version cannot read are left out."""
    text = settings.setting(SETTING)
    try:
        items = json.loads(text) if text else []
    except (ValueError, RecursionError):
        items = []
    read = (_read(item) for item in (items if isinstance(items, list) else []))
    return tuple(sorted((each for each in read if each), key=lambda each: each.name.casefold()))


def save(settings: Settings, connections: Iterable[Connection]) -> None:
    """Keep these in place of those before."""
    written = [asdict(each) for each in connections]
    about = ", ".join(str(each["name"]) for each in written) or "None is remembered"
    settings.save_setting(SETTING, json.dumps(written, ensure_ascii=False), about)


def change(settings: Settings, name: str, those: tuple[Connection, ...]) -> tuple[Connection, ...]:
    """Keep those in place of the one of this name, beside what anybody else keeps meanwhile; all that are kept."""

    def changed() -> tuple[Connection, ...]:
        return *(each for each in load(settings) if each.name.casefold() != name.casefold()), *those

    return kept.change(settings, SETTING, changed, lambda made: save(settings, made))


def named(connections: Iterable[Connection], name: str) -> Connection | None:
    """The one of this name, without case."""
    return next((each for each in connections if each.name.casefold() == name.strip().casefold()), None)


def parse_every(text: str) -> timedelta:
    """A rhythm like 30s, 5m, 1h or 1d. Raises InputError."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text.strip())
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    if not found or not int(found[1]):
        raise InputError(f"'{text[:40]}' is no time between two rounds.", "Write it like 30s, 5m, 1h or 1d.")
    return timedelta(**{units[found[2]]: int(found[1])})


def _read(item: Any) -> Connection | None:
    try:
        if item.pop("is_workspace", False):  # how versions before 1.0 kept it
            item["asked"] = "workspace"
        containers = item["containers"]
        return Connection(**{**item, "containers": tuple(containers)}) if isinstance(containers, list) else None
    except (TypeError, KeyError, AttributeError, InputError):
        return None
