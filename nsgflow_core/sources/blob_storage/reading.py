"""Read one blob of an account from a position on, while Azure may append to it every minute.

A large one comes in parts (`ranges.py`): each is on its way while the one before is parsed.

Every range carries `If-Match`, so bytes of two versions never mix unseen. When the blob changed between two ranges
(412), the bytes just before the position are compared with those in hand: the same means appended, and reading goes
on where it was; so even a download that takes longer than a minute ends. Else it was rewritten, and what was read of it
is read again by the next import. The rule that offsets of old bytes never move:
Microsoft Learn, "Read flow logs"; 412 and 416: tried, flow-log reference sections 1 and 6.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError
from azure.storage.blob import BlobClient

from nsgflow_core.errors import SourceError, SourceUnreachable
from nsgflow_core.sources.base import READ_WHOLE, Cursor, refuse_too_large
from nsgflow_core.sources.blob_storage.ranges import Fetched, RangedPart
from nsgflow_core.sources.blob_storage.stalls import Watch
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.sources.fingerprint import TAIL, ReadPart, is_closing, is_unchanged, recorded_head

RANGE = 16 << 20
"""Bytes of one part; the client fetches it in pieces of 8 MB, two at a time."""
_ATTEMPTS = 6
Ask = Callable[[Callable[[], Fetched]], Fetched]
Direct = Callable[[int, int, str, Watch, Callable[[], bytes]], bytes]
"""(start, end, ETag, watch, what asks the client for them) -> those bytes of that version."""


def _restless() -> SourceError:
    return SourceError(
        "The blob changed again and again while it was read.", "Something rewrites it; import again later."
    )


class _ChangedError(Exception):
    """The blob is another version than the one that was asked for."""


class BlobReading:
    """One reading of one blob; starts from the size and ETag of the listing."""

    def __init__(
        self,
        client: Callable[[], BlobClient],
        size: int,
        etag: str,
        range_size: int = RANGE,
        *,
        is_cancelled: IsCancelled = lambda: False,
        ask: Ask = lambda call: call(),
        direct: Direct = lambda start, end, etag, watch, by_client: by_client(),
    ) -> None:
        """`client` makes the blob's client, where `direct` does not do; `ask` calls for the parts that follow, and says
        in words what the account would not do.
        """
        self._made_client = client
        self._ask, self._direct = ask, direct
        self._is_cancelled = is_cancelled
        self._size = size
        self._etag = etag
        self._range_size = range_size

    @cached_property
    def _client(self) -> BlobClient:
        return self._made_client()

    def read_new(self, cursor: Cursor | None) -> ReadPart | None:
        """The bytes that the cursor has not seen; None when there are none.

        Raises azure-core errors, Cancelled, and SourceError when the blob changes faster than it can be read, or when
        what comes is not what was asked for.
        """
        with Watch(self._is_cancelled) as watch:
            self._watch = watch
            return self._read_until_it_holds_still(cursor)

    def after(self, position: int, before: bytes, size: int) -> Fetched:
        """At most `size` bytes from `position` on, of which `before` come before it.

        Raises SourceError, also when it was rewritten, and Cancelled.
        """
        with Watch(self._is_cancelled) as watch:
            self._watch = watch
            return self._ask(lambda: self._after(position, before, size))

    def _after(self, position: int, before: bytes, size: int) -> Fetched:
        is_other = False
        for _ in range(_ATTEMPTS):
            try:
                if is_other and (self._size <= position or self._range(position - len(before), position) != before):
                    raise SourceError("The blob was rewritten while it was read.", "Import it again.")
                data = self._range(position, min(self._size, position + size))
                return Fetched(data, self._etag, self._size)
            except _ChangedError:
                self._look_again()
                is_other = True
        raise _restless()

    def _read_until_it_holds_still(self, cursor: Cursor | None) -> ReadPart | None:
        for _ in range(_ATTEMPTS):
            if cursor and cursor.etag == self._etag:
                return None
            try:
                return self._read_once(cursor)
            except _ChangedError:
                self._look_again()
        raise _restless()

    def _read_once(self, cursor: Cursor | None) -> ReadPart | None:
        """One try under the version known now; raises _ChangedError when it is no longer that version."""
        if cursor and 0 < cursor.offset <= self._size:
            start = max(cursor.offset - TAIL, 0)
            first = self._range(start, min(self._size, start + TAIL + self._range_size))
            before, fresh = first[: cursor.offset - start], first[cursor.offset - start :]
            if is_unchanged(cursor.fingerprint, before):
                refuse_too_large(self._size - cursor.offset)
                head = recorded_head(cursor.fingerprint)
                return None if is_closing(fresh) else self._part(fresh, cursor.offset, before, head)
        refuse_too_large(self._size)
        first = self._range(0, min(self._size, self._range_size))
        if first.startswith(READ_WHOLE):
            first += self._range(len(first), self._size)
        return self._part(first, 0, b"")

    def _part(self, data: bytes, offset: int, before: bytes, head: str = "") -> ReadPart:
        if offset + len(data) >= self._size:
            return ReadPart(data, offset, self._etag, before, head=head)
        return RangedPart(data, offset, self._etag, before, head=head, after=self.after, size=self._range_size)

    def _range(self, start: int, end: int) -> bytes:
        """The bytes [start, end) of the version known now."""
        if start >= end:
            return b""
        return self._direct(start, end, self._etag, self._watch, lambda: self._range_of_client(start, end))

    def _range_of_client(self, start: int, end: int) -> bytes:
        try:
            answer = self._client.download_blob(
                offset=start,
                length=end - start,
                etag=f'"{self._etag}"',
                match_condition=MatchConditions.IfNotModified,
                max_concurrency=2,
                decompress=False,
                **self._watch.hooks,
            )
            content: bytes = answer.readall()
        except ResourceModifiedError:
            raise _ChangedError from None
        except HttpResponseError as failure:
            if failure.status_code != 416:
                raise
            raise _ChangedError from None
        if str(answer.properties.etag).strip('"') != self._etag:
            raise _ChangedError
        if len(content) != end - start:
            raise SourceUnreachable(
                f"Of the blob's bytes {start:,} to {end:,} there came {len(content):,}.",
                "A proxy on the way may cut or change them: try again, or read past the proxy (NO_PROXY).",
            )
        return content

    def _look_again(self) -> None:
        """Take the size and ETag that the blob has now."""
        properties = self._client.get_blob_properties(**self._watch.hooks)
        self._size, self._etag = properties.size, properties.etag.strip('"')
