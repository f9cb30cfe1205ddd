"""The one table that turns what Azure Storage answers into a sentence and what to do next.

Azure's own text never reaches the user: it may quote a URL with a SAS. Codes: Microsoft Learn, "Blob service error
codes"; which exception carries which code was tried with azure-storage-blob 12.31 (flow-log reference, section 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from nsgflow_core.credentials import Break, ForeignChallenge, current_cloud, explain_sign_in, how_it_broke, in_cloud
from nsgflow_core.errors import SourceDenied, SourceError, SourceMissing, SourceSignIn, SourceUnreachable

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, in words that hold no secret."""

    account: str
    container: str = ""
    blob: str = ""
    credential: str = "sign-in"
    """How it was asked: `account key`, `SAS`, `sign-in` or `nothing`."""
    is_quiet: bool = False
    """Whether errors are to tell nothing about what answers there, if anything does."""

    @property
    def subject(self) -> str:
        """The most exact thing that was asked for."""
        if self.blob:
            return f"blob {self.container}/{self.blob}"
        return f"container {self.container}" if self.container else f"storage account {self.account}"


Row = tuple[type[SourceError], str, str]
"""Error, message and hint; what stands in braces is filled in, `{suffix}` with that of the cloud."""

_ROLE = "Storage Blob Data Reader"
_SIGN_IN = "Sign in with Microsoft Entra, or give an account key or a SAS."
_AGAIN = "Try again in a minute; what was imported is kept."
_NEW_SAS = "Create a new SAS for the Blob service, with Read and List, resource types Container and Object."
_MORE_SAS = f"{_NEW_SAS} One that a user's sign-in signed also needs that user's role {_ROLE}."

BY_CODE: dict[str, Row] = {
    "ContainerNotFound": (
        SourceMissing,
        "Storage account {account} has no container {container}.",
        "Flow logging is not enabled, or it writes to another account: see Network Watcher, Flow logs.",
    ),
    "ContainerBeingDeleted": (SourceMissing, "Container {container} is being deleted.", "Choose another account."),
    "BlobNotFound": (
        SourceMissing,
        "The {subject} is gone.",
        "The retention of the flow log or a lifecycle rule removed it; import again to list what is left.",
    ),
    "ResourceNotFound": (SourceMissing, "There is no {subject}.", "Check the account URL and the container's name."),
    "InvalidResourceName": (
        SourceMissing,
        "{container} cannot be the name of a container.",
        "Names have 3 to 63 lower-case letters, digits and single hyphens.",
    ),
    "InvalidUri": (SourceMissing, "Azure does not accept the address of {subject}.", "Copy the URL from the portal."),
    "AuthorizationPermissionMismatch": (
        SourceDenied,
        "The {credential} is valid, but may not read {subject}.",
        f"Ask for the role {_ROLE} on the account or container (Owner and Reader do not read blobs; a new role takes "
        "some minutes), name the one container that you may read, or use a SAS with Read and List.",
    ),
    "AuthorizationPermissionMismatch SAS": (SourceDenied, "The SAS has no permission to read {subject}.", _MORE_SAS),
    "AuthorizationFailure": (
        SourceDenied,
        "The firewall of storage account {account} does not let this machine in.",
        "Add this network under the account's Networking settings, or run nsgflow inside an allowed network.",
    ),
    "KeyBasedAuthenticationNotPermitted": (
        SourceDenied,
        "Storage account {account} does not permit account keys, nor a SAS made with one.",
        f"Sign in with Microsoft Entra instead ('az login'); your user needs the role {_ROLE}.",
    ),
    "AuthorizationSourceIPMismatch": (SourceDenied, "The SAS is not valid from this address.", _NEW_SAS),
    "AuthorizationProtocolMismatch": (SourceDenied, "The SAS is valid over https only.", "Write the URL with https."),
    "AuthorizationServiceMismatch": (SourceDenied, "The SAS is not for the Blob service.", _NEW_SAS),
    "AuthorizationResourceTypeMismatch": (SourceDenied, "The SAS does not cover {subject}.", _NEW_SAS),
    "InsufficientAccountPermissions": (SourceDenied, "The {credential} may not read this account.", _NEW_SAS),
    "AccountIsDisabled": (SourceDenied, "Storage account {account} is disabled.", "Look at its state in the portal."),
    "AuthenticationFailed": (
        SourceSignIn,
        "Storage account {account} refused the {credential}.",
        "Copy it again (a rotated key or a changed access policy ends old ones), and check this machine's clock.",
    ),
    "InvalidAuthenticationInfo": (
        SourceSignIn,
        "Storage account {account} does not accept this {credential}.",
        "Sign in to the tenant that holds the account ('az login --tenant ...'), and check NSGFLOW_CLOUD.",
    ),
    "NoAuthenticationInformation": (SourceSignIn, "Storage account {account} wants a sign-in.", _SIGN_IN),
    "PublicAccessNotPermitted": (
        SourceSignIn,
        "Storage account {account} does not allow anonymous reading.",
        _SIGN_IN,
    ),
    "BlobArchived": (
        SourceError,
        "The {subject} lies in the Archive tier.",
        "Rehydrate it to Hot or Cool first; that can take 15 hours.",
    ),
    "BlobBeingRehydrated": (SourceError, "The {subject} is still coming back from the Archive tier.", "Try later."),
    "ConditionNotMet": (SourceError, "The {subject} changed while it was read.", _AGAIN),
    "InvalidRange": (SourceError, "The {subject} became shorter while it was read.", _AGAIN),
    "ServerBusy": (SourceUnreachable, "Storage account {account} is busy.", _AGAIN),
    "OperationTimedOut": (SourceUnreachable, "Storage account {account} took too long to answer.", _AGAIN),
    "InternalError": (SourceUnreachable, "Storage account {account} has a fault of its own.", _AGAIN),
    "InvalidHeaderValue": (
        SourceError,
        "The service at {account} does not know this version of the storage protocol.",
        "Start Azurite with --skipApiVersionCheck, or update it.",
    ),
}
"""By the code in `x-ms-error-code`; first by the code and how it was asked."""

BY_STATUS: dict[int, Row] = {
    401: BY_CODE["NoAuthenticationInformation"],
    403: (SourceDenied, "Reading {subject} is not allowed.", f"Check the role {_ROLE} and the account's Networking."),
    404: BY_CODE["ResourceNotFound"],
    407: (SourceUnreachable, "A proxy on the way wants a sign-in.", "Put it into HTTPS_PROXY."),
    409: (SourceError, "The {subject} is in a state that cannot be read.", "Look at it in the portal."),
    412: BY_CODE["ConditionNotMet"],
    416: BY_CODE["InvalidRange"],
    429: BY_CODE["ServerBusy"],
    500: BY_CODE["InternalError"],
    502: (SourceUnreachable, "A gateway on the way to {account} does not answer.", "Check proxy and private endpoint."),
    503: BY_CODE["ServerBusy"],
    504: BY_CODE["OperationTimedOut"],
}
"""By HTTP status, where a code is missing or not in the table."""

REDIRECTED: Row = (
    SourceUnreachable,
    "What answers for storage account {account} sends on to another address, which is not followed.",
    "Check the URL; a proxy, or the sign-in page of a network, may answer instead.",
)
REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
"""Azure Storage never answers with one: whoever does could have a SAS sent anywhere."""

FOREIGN: Row = (
    SourceSignIn,
    "What answers for storage account {account} refuses the sign-in and asks for one to a tenant or service of its own "
    "choice, which is not followed.",
    "Sign in to the tenant that holds the account ('az login --tenant ...'), and check the URL and NSGFLOW_CLOUD.",
)

BY_BREAK: dict[Break, Row] = {
    Break.DNS: (
        SourceUnreachable,
        "The name of storage account {account} is not known to DNS here.",
        "Check its spelling and NSGFLOW_CLOUD; with a private endpoint, use the network and the DNS zone "
        "privatelink.blob.{suffix} that belong to it.",
    ),
    Break.CERTIFICATE: (
        SourceUnreachable,
        "The certificate shown for storage account {account} is not trusted.",
        "A proxy may open TLS here: set REQUESTS_CA_BUNDLE to its certificate.",
    ),
    Break.PROXY: (
        SourceUnreachable,
        "The proxy does not let {account} through.",
        "Check HTTPS_PROXY and NO_PROXY.",
    ),
    Break.REFUSED: (
        SourceUnreachable,
        "Nothing answers at {account}.",
        "Check the URL and its port; is the emulator running?",
    ),
    Break.TIMEOUT: (
        SourceUnreachable,
        "Storage account {account} does not answer in time.",
        "A firewall may drop the packets: check the network, the VPN and the private endpoint.",
    ),
    Break.OTHER: (
        SourceUnreachable,
        "The connection to storage account {account} broke.",
        "Check the network, the proxy and the private endpoint, then try again.",
    ),
}
"""By what was in the way of a connection."""

NO_STORAGE: Row = (
    SourceUnreachable,
    "What answers for storage account {account} is no storage account.",
    "Check the URL; a proxy, or the sign-in page of a network, may answer instead.",
)
QUIET: Row = (
    SourceUnreachable,
    "No storage account answers as {account} there.",
    "Check the URL, its port and the network; whoever runs the server can try it on the command line, which says more.",
)
"""In place of all that would tell an open port from a closed one."""
OTHER: Row = (SourceError, "Storage account {account} gave an answer that cannot be used{code}.", _AGAIN)


def code_of(failure: Exception) -> str:
    """Azure's error code: a StorageErrorCode member, a plain text, or nothing."""
    code = getattr(failure, "error_code", None)
    return str(getattr(code, "value", code) or "")


def row_for(failure: AzureError, credential: str = "") -> Row:
    """The row of the tables that fits best what was asked for with such a credential."""
    code = code_of(failure)
    if isinstance(failure, HttpResponseError) and failure.status_code in REDIRECTS:
        return REDIRECTED
    if code == "AuthorizationFailure" and "failed to authenticate" in str(failure):
        code = "AuthenticationFailed"  # Azurite's code for a wrong key; Azure keeps the first one for its firewall
    if found := BY_CODE.get(f"{code} {credential}") or BY_CODE.get(code):
        return found
    if isinstance(failure, HttpResponseError) and failure.status_code in BY_STATUS:
        return BY_STATUS[failure.status_code]
    cause = getattr(failure, "inner_exception", None)
    broke_off = isinstance(failure, HttpResponseError) and failure.response is None and cause  # within the body
    if broke_off or isinstance(failure, ServiceRequestError | ServiceResponseError):
        return BY_BREAK[how_it_broke(cause or failure)]
    return OTHER


def explain(failure: AzureError, asked: Request) -> SourceError:
    """What happened and what to do, with nothing of Azure's own text but the error code."""
    if isinstance(failure, ClientAuthenticationError) and not hasattr(failure, "error_code"):
        return _explain_no_request(failure, asked)
    row = row_for(failure, asked.credential)
    if asked.is_quiet and (row is REDIRECTED or code_of(failure) not in BY_CODE):
        row = QUIET
    return _fill(row, asked, code_of(failure))


def _fill(row: Row, asked: Request, code: str = "") -> SourceError:
    """The error of a row, with what was asked for in its words."""
    error, message, hint = row
    words = {
        "account": asked.account,
        "container": asked.container or "(none)",
        "subject": asked.subject,
        "credential": asked.credential,
        "code": f" ({code})" if code.isalnum() else "",
        "suffix": current_cloud().blob_suffix,
    }
    return in_cloud(error(message.format(**words), hint.format(**words)), current_cloud())


def _explain_no_request(failure: ClientAuthenticationError, asked: Request) -> SourceError:
    """Only the storage client sets `error_code`: azure-identity has no token, or a key is not base64."""
    if asked.credential == "sign-in":
        refused = explain_sign_in(failure)
        return in_cloud(SourceSignIn(refused.message, refused.hint), current_cloud())
    return SourceSignIn(
        f"The {asked.credential} for storage account {asked.account} is not whole.", "Copy it again from the portal."
    )


def ask(call: Callable[[], Answer], asked: Request) -> Answer:
    """Call Azure; its exceptions become SourceErrors that hold no reference to them (they may quote a SAS)."""
    try:
        return call()
    except AzureError as failure:
        explained = explain(failure, asked)
    except ForeignChallenge:
        explained = _fill(FOREIGN, asked)
    raise explained


def ask_listing(call: Callable[[], Answer], asked: Request) -> Answer:
    """As `ask`, for a listing or a blob: of an answer that is no storage's (HTML, damaged headers or XML) the client
    raises plain Python errors (azure-storage-blob 12.31)."""
    try:
        return ask(call, asked)
    except (AttributeError, LookupError, TypeError, ValueError):
        explained = _fill(QUIET if asked.is_quiet else NO_STORAGE, asked)
    raise explained
