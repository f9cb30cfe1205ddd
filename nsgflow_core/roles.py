"""Who may do what: readers look and download, editors change; told from the claims of a sign-in and two lists.

An `Editor` is the leave to change something, and says who does it. Only this module makes one: for the operating
system's user, who could write the file anyway, and for a person whose sign-in the lists name as an editor. Every
change of a store asks for it (`stores/local/store.py`), whatever page, callback or command it comes from.
"""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from nsgflow_core.errors import NotAllowed

EDITORS_VARIABLE = "NSGFLOW_EDITORS"
READERS_VARIABLE = "NSGFLOW_READERS"
EVERYONE = "*"
"""An entry that names everyone whom the provider signs in."""
_GROUP = "group:"
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_TENANT_ISSUER = re.compile(
    r"https://login\.(?:microsoftonline\.com|microsoftonline\.us|partner\.microsoftonline\.cn)/([0-9a-f-]{36})/v2\.0"
)
"""The issuer of one tenant, in each cloud: https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud."""
_LONGEST_NAME = 120

Claims = Mapping[str, object]


class Role(StrEnum):
    """What a person may do; an editor may all that a reader may."""

    READER = "reader"
    EDITOR = "editor"


class Called(StrEnum):
    """By what an entry of a list names people; the same word of another kind is another entry."""

    ANYONE = "anyone"
    ADDRESS = "address"
    ID = "id"
    GROUP = "group"
    ROLE = "role"


Entry = tuple[Called, str]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in: the name to show, and what their provider knows them by, which nobody can choose."""

    name: str
    subject: str


class Editor:
    """The leave to change something, in the name of a person. Nothing outside this module makes one."""

    __slots__ = ("_person",)

    def __init__(self, person: Person, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("An Editor is made by roles.py alone: by os_user() or editor_of().")
        self._person = person

    @property
    def person(self) -> Person:
        """Who it is."""
        return self._person


_SEAL = object()


def os_user() -> Editor:
    """Whoever runs this process."""
    return Editor(Person(_os_name(), "operating system"), _SEAL)


def without_sign_in() -> Editor:
    """Whoever reaches a dashboard that asks nobody to sign in."""
    return Editor(Person("without sign-in", f"dashboard run by {_os_name()}"), _SEAL)


def _os_name() -> str:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number that has no name
        name = str(os.getuid()) if hasattr(os, "getuid") else ""
    return _plain(name) or "unknown"


@dataclass(frozen=True)
class Lists:
    """Who may read and who may edit, as whoever runs the server wrote it."""

    readers: frozenset[Entry]
    editors: frozenset[Entry]

    @classmethod
    def of_environment(cls) -> Lists:
        """NSGFLOW_READERS and NSGFLOW_EDITORS; nobody where they are empty."""
        return cls(*(_entries(os.environ.get(name, "")) for name in (READERS_VARIABLE, EDITORS_VARIABLE)))

    @property
    def is_empty(self) -> bool:
        """True when nobody at all is named."""
        return not (self.readers or self.editors)

    def role_of(self, claims: Claims) -> Role | None:
        """The role that a sign-in has; None for somebody whom neither list names."""
        if claims.get("is_logged_in") is not True:
            return None
        known_as = set(_called(claims))
        if known_as & self.editors:
            return Role.EDITOR
        return Role.READER if known_as & self.readers else None

    def editor_of(self, claims: Claims) -> Editor:
        """The leave to change something. Raises NotAllowed for a reader and for a stranger."""
        if self.role_of(claims) is not Role.EDITOR:
            raise NotAllowed(
                "Changing this takes the role editor.",
                f"You may look and download. Whoever runs this server names editors in {EDITORS_VARIABLE}.",
            )
        return Editor(person_of(claims), _SEAL)


def person_of(claims: Claims) -> Person:
    """The person of a sign-in. Their name is one short line of text; where nobody vouches for it, it says so."""
    issuer, subject, oid = (_plain(str(claims.get(key) or "")) for key in ("iss", "sub", "oid"))
    vouched = next((text for each in _vouched_addresses(claims) if (text := _plain(each))), "")
    named = next((text for key in _NAMES if (text := _plain(str(claims.get(key) or "")))), "")
    name = vouched or (f"{named} (unverified)" if named else subject or "unknown")
    return Person(name, oid or f"{issuer} {subject}".strip())


def has_too_many_groups(claims: Claims) -> bool:
    """True when Entra left the groups out of the token because they are too many to list."""
    named_elsewhere = claims.get("_claim_names")
    return bool(claims.get("hasgroups")) or (isinstance(named_elsewhere, Mapping) and "groups" in named_elsewhere)


_NAMES = ("preferred_username", "email", "name")


def _called(claims: Claims) -> Iterable[Entry]:
    """What a list may call this person: ids of theirs and of their groups, app roles, and addresses vouched for.

    `sub` and `name` are left out, since there are providers at which people choose them. So is a group's bare name,
    which would be one with an app role's: it counts with `group:` in front.
    """
    groups = _texts(claims.get("groups"))
    yield (Called.ANYONE, EVERYONE)
    yield from ((Called.ID, each.lower()) for each in (*_texts(claims.get("oid")), *groups) if _GUID.fullmatch(each))
    yield from ((Called.GROUP, each) for each in groups)
    yield from ((Called.ROLE, each) for each in _texts(claims.get("roles")))
    yield from ((Called.ADDRESS, _folded(each)) for each in _vouched_addresses(claims))


def _vouched_addresses(claims: Claims) -> Iterable[str]:
    """Addresses that the provider answers for.

    `email` counts where it says that it was verified. `preferred_username` is whatever a person likes at many
    providers; of an account of one Entra tenant it is the name that the tenant's administrators gave.
    """
    if _is_true(claims.get("email_verified")) or _is_true(claims.get("xms_edov")):
        yield from _texts(claims.get("email"))
    issuer = _TENANT_ISSUER.fullmatch(str(claims.get("iss", "")))
    is_guest = claims.get("idp") not in (None, claims.get("iss"))
    if issuer and issuer.group(1) == claims.get("tid") and not is_guest:
        yield from (*_texts(claims.get("preferred_username")), *_texts(claims.get("upn")))


def _entries(text: str) -> frozenset[Entry]:
    """The entries of a list: what each looks like says what it names."""
    return frozenset(_entry(word) for part in text.replace("\n", ",").split(",") if (word := part.strip()))


def _entry(word: str) -> Entry:
    if word == EVERYONE:
        return (Called.ANYONE, word)
    if word.startswith(_GROUP):
        return (Called.GROUP, word.removeprefix(_GROUP).strip())
    if _GUID.fullmatch(word):
        return (Called.ID, word.lower())
    return (Called.ADDRESS, _folded(word)) if "@" in word else (Called.ROLE, word)


def _texts(claim: object) -> Collection[str]:
    if isinstance(claim, str):
        return (claim,)
    return [each for each in claim if isinstance(each, str)] if isinstance(claim, list | tuple) else ()


def _is_true(claim: object) -> bool:
    return claim is True or claim in ("true", "1", 1)


def _folded(text: str) -> str:
    """Without case, for ASCII alone: other letters have lower forms that are somebody else's (the Kelvin sign's k)."""
    return text.lower() if text.isascii() else text


def _plain(text: str) -> str:
    kept = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(kept.split())[:_LONGEST_NAME]
