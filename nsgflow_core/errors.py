"""Every failure a user can meet, as one tree; each carries what happened and what to do next.

NsgflowError
├── InputError                 the user typed or uploaded something that cannot be used
│   ├── BadFilter              a filter value, window, dimension or measure that has no meaning
│   │   └── BadLine            the same in a line of conditions, with its place in it
│   ├── BadIntent              a line of a file of intents that has no meaning
│   ├── BadInventory           a file of what the network is that cannot be read, or does not tell things apart
│   └── BadRuleSet             rules that cannot be drafted, decided or replayed like that
│       └── RefusedByAzure     rules that Azure would refuse, with its error codes
├── SourceError                flow-log blobs cannot be reached
│   ├── SourceMissing          no such folder, account, container or blob
│   ├── SourceDenied           signed in, but the role or network rule says no
│   ├── SourceSignIn           the key, SAS, token or sign-in was refused
│   └── SourceUnreachable      DNS, proxy or private endpoint in the way
├── FormatError                bytes that are not a flow log
├── StoreError                 the local store or the workspace cannot answer
│   ├── StoreMissing           nothing has been imported yet
│   ├── StoreBusy              another process writes to the store
│   ├── StoreIncompatible      a file of another version, or not ours
│   │   └── StoreDamaged       a file, or its write-ahead log, of which bytes are lost or changed
│   ├── StoreFull              the disk, or where temporary files go, has no room
│   ├── StoreSignIn            the workspace refused the token
│   ├── StoreDenied            the workspace refused the role
│   ├── StoreUnreachable       the endpoint does not answer
│   ├── StoreLimit             the question passes a limit of the service
│   └── UnsupportedDimension   this store cannot know that
├── OutputError                what was asked for cannot be written
├── NotAllowed                 the sign-in does not reach for that, or there is none
└── Cancelled                  the user stopped the work
"""

from __future__ import annotations

import re

_SECRETS = re.compile(
    r"""((?<![a-z])(?:sig|signature|accountkey|sharedaccesskey|sharedaccesssignature|password|pwd|client_secret)
    (?:=|%3d))[^&;,\s'"<>]+ | (?<=://)[^/\s'"<>@]*:[^/\s'"<>@]*(?=@)""",
    re.IGNORECASE | re.VERBOSE,
)
"""The values in addresses and connection strings that open something."""


def without_secrets(text: str) -> str:
    """The same words with … for signatures, keys and passwords: who gives one in a wrong place is quoted like all."""
    return _SECRETS.sub(lambda found: f"{found[1] or ''}…", text)


class NsgflowError(Exception):
    """Something a user can act on: `message` says what happened, `hint` what to do next; neither tells a secret."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = without_secrets(message)
        self.hint = without_secrets(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(NsgflowError):
    """The user typed or uploaded something that cannot be used."""


def refuse_secrets(words: str, text: str, error: type[InputError] = InputError) -> None:
    """Raise `error` where a text that is about to be kept holds what opens something; `words` say what would keep it.

    It is read by all who reach the store, and lies in its backups.
    """
    if without_secrets(text) != text:
        raise error(f"{words} would keep a signature, key or password.", "Write it without what opens something.")


class BadFilter(InputError):
    """A filter value, window, dimension or measure that has no meaning."""


class BadLine(BadFilter):
    """A line of conditions that has no meaning from its letter number `start` on (0 is the first)."""

    def __init__(self, message: str, hint: str, start: int) -> None:
        super().__init__(f"Column {start + 1}: {message}", hint)
        self.start = start


class BadIntent(InputError):
    """A line of a file of intents that has no meaning."""


class BadInventory(InputError):
    """A file of what the network is that cannot be read, or that does not tell two things apart."""


class BadRuleSet(InputError):
    """Rules that cannot be drafted, decided or replayed like that."""


class RefusedByAzure(BadRuleSet):
    """Rules that Azure would refuse; `codes` are its error codes, "" for what it has published none for."""

    def __init__(self, message: str, hint: str = "", codes: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.codes = codes


class SourceError(NsgflowError):
    """Flow-log blobs cannot be reached."""


class SourceMissing(SourceError):
    """No such folder, account, container or blob."""


class SourceDenied(SourceError):
    """Signed in, but the role or a network rule says no."""


class SourceSignIn(SourceError):
    """The key, SAS, token or sign-in was refused."""


class SourceUnreachable(SourceError):
    """DNS, a proxy or a private endpoint is in the way."""


class FormatError(NsgflowError):
    """Bytes that are not a flow log."""


class StoreError(NsgflowError):
    """The local store or the workspace cannot answer."""


class StoreMissing(StoreError):
    """Nothing has been imported yet."""


class StoreBusy(StoreError):
    """Another process writes to the store."""


class StoreIncompatible(StoreError):
    """A store file of another version, a file that is not a store, or a table without columns that it is to have."""


class StoreDamaged(StoreIncompatible):
    """The file, or its write-ahead log, is damaged."""


class StoreFull(StoreError):
    """The disk, or where temporary files go, has no room."""


class StoreSignIn(StoreError):
    """The workspace refused the sign-in or token."""


class StoreDenied(StoreError):
    """The workspace refused the role."""


class StoreUnreachable(StoreError):
    """The query endpoint does not answer."""


class StoreLimit(StoreError):
    """The question passes a limit of the service (rows, bytes, time, rate)."""


class UnsupportedDimension(StoreError):
    """This store cannot know that dimension or measure."""


class OutputError(NsgflowError):
    """What was asked for cannot be written."""


class NotAllowed(NsgflowError):
    """The sign-in does not reach for that, or there is none."""


class Cancelled(NsgflowError):
    """The user stopped the work."""
