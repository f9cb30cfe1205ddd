"""The ways in which networks damage an answer on its way, by name: of a blob, of a blob for a while, of a listing."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

from tests.parts.servers.faulty_http import HTML, Answer, Fault, Handing


def other(status: int, body: bytes, **headers: str) -> Fault:
    """Another answer in the place of the account's, with only these headers."""

    def answer_otherwise(hand: Handing, _answer: Answer) -> None:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        hand.on(Answer(status, given, body, 0, {}))

    return answer_otherwise


def changed(**headers: str) -> Fault:
    """The account's answer with other headers."""

    def change(hand: Handing, answer: Answer) -> None:
        hand.changes = {name.replace("_", "-"): value for name, value in headers.items()}
        hand.on(answer)
        hand.close()

    return change


def _stall_first(hand: Handing, answer: Answer) -> None:
    hand.wait()
    hand.close()


def _stall_inside(hand: Handing, answer: Answer) -> None:
    hand.half(answer)
    hand.wait()
    hand.close()


def _stall_then_drip(hand: Handing, answer: Answer) -> None:
    (_stall_first if answer.nth == 0 else _drip)(hand, answer)


def _stall_once(hand: Handing, answer: Answer) -> None:
    (_stall_inside if answer.nth == 0 else Handing.on)(hand, answer)


def _reset_first(hand: Handing, answer: Answer) -> None:
    hand.reset()


def _reset_inside(hand: Handing, answer: Answer) -> None:
    hand.half(answer)
    hand.reset()


def _cut(hand: Handing, answer: Answer) -> None:
    hand.half(answer)
    hand.close()


def _short(hand: Handing, answer: Answer) -> None:
    half = answer.body[: len(answer.body) // 2]
    hand.on(Answer(answer.status, answer.headers, half, 0, {}))


def _garbage(hand: Handing, answer: Answer) -> None:
    hand.on(Answer(answer.status, answer.headers, b"\x00\x91" * (len(answer.body) // 2), 0, {}))


def _other_range(hand: Handing, answer: Answer) -> None:
    hand.changes = {"content-range": re.sub(r"bytes (\d+)-(\d+)", r"bytes 7\1-7\2", answer.headers["content-range"])}
    hand.on(answer)


def _busy_twice(hand: Handing, answer: Answer) -> None:
    (other(503, b"", x_ms_error_code="ServerBusy") if answer.nth < 2 else Handing.on)(hand, answer)


def _gzipped(hand: Handing, answer: Answer) -> None:
    hand.changes = {"content-encoding": "gzip"}
    hand.on(Answer(answer.status, answer.headers, gzip.compress(answer.body), 0, {}))


def _drip(hand: Handing, answer: Answer) -> None:
    hand.head(answer)
    for at in range(len(answer.body)):
        hand.body(answer.body[at : at + 1])
        hand.wait(0.1)
        if hand.proxy.is_over.is_set():
            break
    hand.close()


def _endless(hand: Handing, answer: Answer) -> None:
    hand.changes = {"transfer-encoding": "chunked"}
    hand.head(Answer(answer.status, {k: v for k, v in answer.headers.items() if k != "content-length"}, b"", 0, {}))
    block = b"10000\r\n" + b"," * 0x10000 + b"\r\n"
    while not hand.proxy.is_over.is_set():
        hand.body(block)
    hand.close()


BLOB_FAULTS: dict[str, Fault] = {
    "stall before the answer": _stall_first,
    "stall in the body": _stall_inside,
    "slow drip": _drip,
    "stall, then slow drip": _stall_then_drip,
    "reset before the answer": _reset_first,
    "reset in the body": _reset_inside,
    "truncated body": _cut,
    "short body": _short,
    "endless body": _endless,
    "empty body": lambda hand, answer: hand.on(Answer(answer.status, answer.headers, b"", 0, {})),
    "garbage of the same length": _garbage,
    "other Content-Range": _other_range,
    "damaged Content-Range": changed(content_range="bytes one-two/many"),
    "no sense in Content-Length": changed(content_length="many"),
    "HTML with status 200": other(200, HTML, content_type="text/html"),
    "HTML with status 206": other(206, HTML, content_type="text/html"),
    "redirect": other(302, b"", location="http://attacker.example/sign-in"),
    "redirect to itself": other(307, b"", location="/"),
    "gzip on the way": _gzipped,
    "500 for ever": other(500, b"", x_ms_error_code="InternalError"),
    "503 for ever": other(503, b""),
    "403 of a firewall": other(403, HTML, content_type="text/html"),
    "another ETag": changed(etag='"0x0"'),
}
"""What is done to the answers for one blob, for ever."""

PASSING_FAULTS: dict[str, Fault] = {"503 then fine": _busy_twice, "stall once": _stall_once}
"""What is over when it is asked for again."""


def _pages(one_page: Callable[[Answer], tuple[str, str]]) -> Fault:
    def answer_page(hand: Handing, answer: Answer) -> None:
        entries, marker = one_page(answer)
        body = (
            f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="x" ContainerName="x">'
            f"<Blobs>{entries}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
        )
        hand.on(Answer(200, {"content-type": "application/xml"}, body.encode(), 0, {}))

    return answer_page


def _folder_below(answer: Answer) -> str:
    folder = answer.query.get("prefix", [""])[0]
    return f"<BlobPrefix><Name>{folder}deeper/</Name></BlobPrefix>"


_JUNK = (
    "<Blob><Name>junk{n}.json</Name><Properties><Etag>0x1</Etag><Content-Length>1</Content-Length>"
    "<BlobType>BlockBlob</BlobType></Properties></Blob>"
)

LIST_FAULTS: dict[str, Fault] = {
    "the same marker for ever": _pages(lambda answer: ("", "again")),
    "ever new empty pages": _pages(lambda answer: ("", f"page{answer.nth}")),
    "ever new pages of junk": _pages(lambda answer: (_JUNK.format(n=answer.nth), f"page{answer.nth}")),
    "a folder below each folder": _pages(lambda answer: (_folder_below(answer), "")),
    "a folder in itself": _pages(
        lambda answer: (f"<BlobPrefix><Name>{answer.query.get('prefix', ['a/'])[0]}</Name></BlobPrefix>", "")
    ),
    "names of another folder": _pages(lambda answer: ("<BlobPrefix><Name>../../etc/</Name></BlobPrefix>", "")),
    "garbage XML": other(200, b"<?xml version='1.0'?><Enumeration\xff\xfe<<<", content_type="application/xml"),
    "half XML": _cut,
    "HTML with status 200": BLOB_FAULTS["HTML with status 200"],
    "empty body": other(200, b"", content_type="application/xml"),
    "redirect": BLOB_FAULTS["redirect"],
    "500 for ever": BLOB_FAULTS["500 for ever"],
    "stall in the body": _stall_inside,
    "slow drip": _drip,
    "endless body": _endless,
    "reset before the answer": _reset_first,
}
"""What is done to the answers for a listing, for ever."""
