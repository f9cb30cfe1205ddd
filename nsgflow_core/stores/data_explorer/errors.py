"""What a cluster answers when it does not answer: one table from its words to our errors.

Source: Microsoft Learn, "Kusto REST API: response HTTP status codes", "Query limits", "Handle errors in Kusto client
libraries"; shapes of azure-kusto-data 6.0.4 (`KustoApiError`, `KustoMultiApiError`: code, message, @message).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nsgflow_core import COMMAND
from nsgflow_core.errors import (
    Cancelled,
    NsgflowError,
    StoreDenied,
    StoreError,
    StoreLimit,
    StoreMissing,
    StoreSignIn,
    StoreUnreachable,
)
from nsgflow_core.stores.kusto.asking.answer import ASK_FOR_LESS, AnswerTooLarge, TableMissing, told_in_short

ROLE_HINT = "Ask a database admin for the role viewer: .add database ['DATABASE'] viewers ('aaduser=you@example.com')"
NO_CLUSTER = (
    "The cluster at {host} cannot be reached or broke the connection.",
    "Check its URI, that it runs and is open to your network (private endpoint, firewall), and HTTPS_PROXY.",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of refusal: words in the cluster's text that tell it, our error, what to do; `{text}` is its text."""

    told_by: tuple[str, ...]
    kind: type[NsgflowError]
    message: str
    hint: str


FAULTS: tuple[Fault, ...] = (
    Fault(
        ("e_query_result_set_too_large", "80da0003", "exceeded the limits: max rows", "exceeds the set limit"),
        AnswerTooLarge,
        "The answer is larger than the cluster returns (500,000 rows or 64 MB).",
        ASK_FOR_LESS,
    ),
    Fault(
        ("e_runaway_query", "e_low_memory_condition", "80da0001", "80da0007", "memory budget"),
        StoreLimit,
        "The query needs more memory than the cluster gives to one.",
        ASK_FOR_LESS,
    ),
    Fault(
        ("e_query_timeout", "request execution timed out", "request timed out", "0x80131505", "80131505"),
        StoreLimit,
        "The query took longer than the cluster allows.",
        ASK_FOR_LESS,
    ),
    Fault(
        ("query was cancelled", "e_query_cancelled", "query_cancelled", "cancelled by user"),
        Cancelled,
        "The query was cancelled on the cluster.",
        "Ask again; who cancelled it is in .show queries.",
    ),
    Fault(
        ("throttl", "too many requests", "capacity of the cluster"),
        StoreLimit,
        "The cluster is busy: too many queries at once.",
        "Wait a minute and try again, or ask for a higher request rate limit.",
    ),
    Fault(
        ("forbidden", "not authorized", "unauthorized_", "insufficient permission", "principal does not have access"),
        StoreDenied,
        "You are signed in, but may not read this database.",
        ROLE_HINT,
    ),
    Fault(
        ("entitynotfound: database", "databasenotfound", "database was not found", "database could not be found"),
        StoreMissing,
        "There is no such database on the cluster, or you may not see it.",
        "Check the name, upper and lower case included, and ask for the role viewer.",
    ),
    Fault(
        ("sem0260", "unknown function", "syn0002"),
        StoreError,
        "The cluster does not know a function or an operator of the query: {text}",
        "It may run an old version; Azure Data Explorer and Fabric today know all that is used here.",
    ),
    Fault(
        ("sem0100", "failed to resolve table", "failed to resolve scalar"),
        TableMissing,
        "The database lacks a table or column of the query: {text}",
        f"See what '{COMMAND} kusto setup' makes, or which Traffic Analytics tables are mirrored.",
    ),
)
"""The first row that matches counts. Source of the words: Microsoft Learn, "Query limits", "Query consistency"."""

BY_STATUS: Mapping[int, tuple[type[NsgflowError], str, str]] = {
    401: (
        StoreSignIn,
        "The cluster refused the sign-in: the token has expired or belongs to another tenant.",
        "Sign in again with 'az login --tenant TENANT', or check NSGFLOW_CLOUD.",
    ),
    403: (StoreDenied, "You are signed in, but may not read this database.", ROLE_HINT),
    404: (StoreMissing, "The cluster has no query service at this address.", "Check the cluster's URI."),
    429: (StoreLimit, "The cluster is busy: too many queries at once.", "Wait a minute and try again."),
    504: (StoreLimit, "The query took longer than the cluster allows.", ASK_FOR_LESS),
}


def explain_answer(status: int, text: str) -> NsgflowError:
    """The error for what the cluster said, in words of its own, with an HTTP status (200 where part of it came)."""
    lowered, line = text.lower(), told_in_short(text)
    for fault in FAULTS:
        if any(words in lowered for words in fault.told_by):
            return fault.kind(fault.message.format(text=line), fault.hint)
    if status in BY_STATUS:
        kind, message, hint = BY_STATUS[status]
        return kind(message, hint)
    if 300 <= status < 400:
        return StoreUnreachable("The cluster sends on to another address, which is not followed.", "Check its URI.")
    if status >= 500:
        return StoreUnreachable(
            f"The cluster failed (HTTP {status}).", "Try again in a minute; see its health in Azure."
        )
    return StoreError(f"The cluster cannot run the query: {line}", "Show query, and try it in the cluster's web page.")
