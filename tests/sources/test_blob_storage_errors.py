"""Every answer of Azure has a sentence and a next step of its own, and none of Azure's text."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import azure.core.exceptions as core
import azure.identity
import pytest
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob import StorageErrorCode

from nsgflow_core.errors import SourceDenied, SourceError, SourceMissing, SourceSignIn, SourceUnreachable
from nsgflow_core.sources.blob_storage import errors as table
from nsgflow_core.sources.blob_storage.errors import Request, ask, explain, row_for

ASKED = Request("acmelogs", "insights-logs-flowlogflowevent", "flowLogResourceID=/X/PT1H.json", "SAS")
SECRET = "S3ntinelS3cret"


class Response:
    """As much of an HTTP response as the exceptions of azure-core look at."""

    def __init__(self, status: int) -> None:
        self.status_code = status
        self.reason = f"https://acme/?sig={SECRET}"
        self.headers: dict[str, str] = {}
        self.request: object = None

    def text(self) -> str:
        return f"sig={SECRET}"


class StorageFailure(HttpResponseError):
    """As the storage SDK raises it: with the service's own code."""

    error_code: object


def storage_failure(code: object, status: int) -> HttpResponseError:
    failure = StorageFailure(message=f"https://acme/?sig={SECRET} said no", response=Response(status))
    failure.error_code = code
    return failure


def all_below(kind: type[AzureError]) -> set[type[AzureError]]:
    return {kind}.union(*(all_below(child) for child in kind.__subclasses__()))


@pytest.mark.parametrize(
    ("code", "status", "error", "words"),
    [
        ("ContainerNotFound", 404, SourceMissing, "Flow logging is not enabled"),
        ("BlobNotFound", 404, SourceMissing, "retention"),
        (
            "AuthorizationPermissionMismatch",
            403,
            SourceDenied,
            "Create a new SAS",
        ),
        ("AuthorizationFailure", 403, SourceDenied, "firewall"),
        ("KeyBasedAuthenticationNotPermitted", 403, SourceDenied, "does not permit account keys"),
        ("AuthenticationFailed", 403, SourceSignIn, "refused the SAS"),
        ("NoAuthenticationInformation", 401, SourceSignIn, "wants a sign-in"),
        ("InvalidAuthenticationInfo", 401, SourceSignIn, "tenant"),
        ("ConditionNotMet", 412, SourceError, "changed while it was read"),
        ("InvalidRange", 416, SourceError, "shorter"),
        ("BlobArchived", 409, SourceError, "Archive tier"),
        ("ServerBusy", 503, SourceUnreachable, "busy"),
        (None, 403, SourceDenied, "not allowed"),
        (None, 502, SourceUnreachable, "gateway"),
        ("SomethingNew", 400, SourceError, "(SomethingNew)"),
    ],
)
def test_each_code_of_the_reference_has_its_words(code: object, status: int, error: type, words: str) -> None:
    explained = explain(storage_failure(code, status), ASKED)
    assert type(explained) is error
    assert words in str(explained)


def test_who_signed_in_is_told_the_role_and_who_has_a_sas_its_permission_first() -> None:
    refused = storage_failure("AuthorizationPermissionMismatch", 403)
    hints = {kind: explain(refused, replace(ASKED, credential=kind)).hint for kind in ("SAS", "sign-in")}
    assert hints["sign-in"].startswith("Ask for the role Storage Blob Data Reader")
    assert hints["SAS"].index("Read and List") < hints["SAS"].index("Storage Blob Data Reader")


def test_a_code_may_be_a_member_or_a_text() -> None:
    member = explain(storage_failure(StorageErrorCode.CONTAINER_NOT_FOUND, 404), ASKED)
    assert str(member) == str(explain(storage_failure("ContainerNotFound", 404), ASKED))


def test_every_row_has_its_own_sentence_and_a_next_step() -> None:
    rows = [
        *table.BY_CODE.values(),
        *table.BY_BREAK.values(),
        table.NO_STORAGE,
        table.OTHER,
    ]
    messages = [message for _, message, _ in rows]
    assert len(messages) > 30
    assert len(set(messages)) == len(messages)
    for error, message, hint in rows + list(table.BY_STATUS.values()):
        assert issubclass(error, SourceError)
        assert message.rstrip("}").endswith((".", "{code")), message
        assert len(hint) > 8
        assert set(re.findall(r"\{(\w+)\}", message + hint)) <= {
            "account",
            "container",
            "subject",
            "suffix",
            "credential",
            "code",
        }


def test_every_exception_of_azure_becomes_a_source_error() -> None:
    kinds = [kind for kind in all_below(AzureError) if kind.__module__.startswith("azure.")]
    assert {core.ClientAuthenticationError, azure.identity.CredentialUnavailableError} <= set(kinds)
    assert len(kinds) > 15
    for kind in kinds:
        failure = kind.__new__(kind)
        AzureError.__init__(failure, f"https://acme/?sig={SECRET}")
        if isinstance(failure, HttpResponseError):
            failure.status_code, failure.response = 400, None
        explained = explain(failure, ASKED)
        assert isinstance(explained, SourceError)
        assert explained.hint
        assert SECRET not in str(explained)


def test_every_code_that_the_client_knows_has_a_row_or_a_status() -> None:
    codes = [code.value for code in StorageErrorCode]
    assert len(codes) > 100
    for code, status in itertools.product(codes, (400, 401, 403, 404, 409, 412, 416, 500, 503)):
        failure = storage_failure(code, status)
        assert status == 400 or row_for(failure) is not table.OTHER
        assert SECRET not in str(explain(failure, ASKED))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Failed to resolve 'acme' ([Errno -2] Name or service not known)", "not known to DNS"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "certificate"),
        ("Tunnel connection failed: proxy", "proxy"),
        ("[Errno 111] Connection refused", "Nothing answers"),
        ("Connection to acme timed out. (connect timeout=5)", "does not answer in time"),
        ("Connection aborted", "broke"),
    ],
)
def test_a_failed_connection_says_which_kind(text: str, words: str) -> None:
    explained = explain(core.ServiceRequestError(f"{text} with url: /?sig={SECRET}"), ASKED)
    assert type(explained) is SourceUnreachable
    assert words in str(explained)
    assert SECRET not in str(explained)


def test_the_raised_error_holds_no_reference_to_azures() -> None:
    def fail() -> None:
        raise core.ServiceRequestError(f"/?sig={SECRET}")

    with pytest.raises(SourceError) as caught:
        ask(fail, ASKED)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("cloud", "zone"),
    [
        ("AzureCloud", "privatelink.blob.core.windows.net"),
        ("AzureUSGovernment", "privatelink.blob.core.usgovcloudapi.net"),
        ("AzureChinaCloud", "privatelink.blob.core.chinacloudapi.cn"),
    ],
)
def test_the_private_zone_is_that_of_the_cloud(cloud: str, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSGFLOW_CLOUD", cloud)
    assert f"the DNS zone {zone} " in explain(core.ServiceRequestError("Failed to resolve 'acme'"), ASKED).hint
