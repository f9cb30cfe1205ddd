"""What the query service answers when it does not answer: one table from its codes to our errors.

Source: Microsoft Learn, "Azure Monitor Log Analytics API: errors", "Azure Monitor service limits"; shapes seen by
running azure-monitor-query 2.0.0 (`{"error": {"code", "message", "innererror": {...}}}`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nsgflow_core.errors import (
    NsgflowError,
    StoreDenied,
    StoreError,
    StoreLimit,
    StoreMissing,
    StoreSignIn,
    StoreUnreachable,
)
from nsgflow_core.stores.kusto.asking.answer import ASK_FOR_LESS, AnswerTooLarge, TableMissing, told_in_short

_TOO_LARGE = ("e_query_result_set_too_large", "responsepayloadtoolarge", "response size too large", "0x80da0003")
_MISSING = ("sem0100", "failed to resolve table", "does not exist", "semanticerror")

ROLE_HINT = (
    "Ask for the role Log Analytics Reader on the workspace, then sign in again; a new grant can take up to an hour."
)

BY_STATUS: dict[int, tuple[type[NsgflowError], str, str]] = {
    401: (
        StoreSignIn,
        "The workspace refused the sign-in: the token has expired or belongs to another tenant.",
        "Sign in again with 'az login --tenant TENANT', or check NSGFLOW_CLOUD.",
    ),
    403: (StoreDenied, "You are signed in, but may not read this workspace.", ROLE_HINT),
    404: (
        StoreMissing,
        "There is no such workspace.",
        "Check the workspace ID (a GUID, on the workspace's Overview page) and NSGFLOW_CLOUD.",
    ),
    408: (StoreLimit, "The query took longer than the service allows.", ASK_FOR_LESS),
    413: (StoreLimit, "The query is too long for the service.", "Use a smaller subnet map or fewer filter values."),
    429: (
        StoreLimit,
        "The workspace is busy: too many queries at once or in the last 30 seconds.",
        "Wait a minute and try again.",
    ),
    504: (StoreLimit, "The query took longer than the service allows.", ASK_FOR_LESS),
}
EMPTY_WORKSPACE = (
    "The workspace is empty: it answered with no content.",
    "Turn on VNet flow logs with Traffic Analytics for this workspace (Network Watcher, Flow logs); the first rows "
    "come one to two hours later.",
)


FOREIGN = (
    "The query service refuses the sign-in and asks for one of its own choice, which is not followed.",
    "Sign in again with 'az login --tenant TENANT', and check the endpoint and NSGFLOW_CLOUD.",
)
_REDIRECTED = (
    "The query endpoint sends on to another address, which is not followed.",
    "Check NSGFLOW_LOGS_ENDPOINT; a proxy, or the sign-in page of a network, may answer instead.",
)


def explain_failure(status: int, body: Any) -> NsgflowError:
    """The error for a reply with that HTTP status and (possibly not JSON) body."""
    error = body.get("error") if isinstance(body, Mapping) else None
    codes = " ".join(_texts(error)).lower()
    if any(word in codes for word in _TOO_LARGE):
        return AnswerTooLarge("The answer is larger than the service returns (500,000 rows or 64 MB).", ASK_FOR_LESS)
    if status == 400:
        inner = innermost_message(error)
        if any(word in codes for word in _MISSING):
            return TableMissing(
                f"The workspace lacks a table or column of the query: {inner}", "See Connect for what it holds."
            )
        return StoreError(f"The workspace cannot run the query: {inner}", "Show query, and try it in the portal.")
    if status in BY_STATUS:
        kind, message, hint = BY_STATUS[status]
        return kind(message, hint)
    if 300 <= status < 400:
        return StoreUnreachable(*_REDIRECTED)
    if status >= 500:
        return StoreUnreachable(
            f"The query service failed (HTTP {status}).", "Try again in a minute; see Azure status if it goes on."
        )
    return StoreError(
        f"The query service refused the request (HTTP {status}): {innermost_message(error)}", "Check the endpoint."
    )


def explain_partial(error: Any) -> str:
    """One sentence for an answer that came with `PartialError`."""
    reason = innermost_message(error).rstrip(".")
    return f"The workspace returned only part of the answer: {reason}. {ASK_FOR_LESS}"


def innermost_message(error: Any) -> str:
    """The most telling message of an error object: the deepest one, cut to one short line."""
    messages = [text for key, text in _fields(error) if key == "message" and text.strip()]
    return told_in_short(messages[-1] if messages else "no reason was given")


def _texts(error: Any) -> list[str]:
    return [text for _, text in _fields(error)]


def _fields(error: Any) -> Iterator[tuple[str, str]]:
    """Every text in an error object with its key, outer before inner."""
    if isinstance(error, Mapping):
        for key, value in error.items():
            if isinstance(value, str):
                yield str(key).lower(), value
        for value in error.values():
            yield from _fields(value)
    elif isinstance(error, list):
        for item in error:
            yield from _fields(item)
