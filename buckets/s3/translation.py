"""From a store's answers and a network's failures to our errors: one table for SDK and own requests alike."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import BadStatusLine, RemoteDisconnected
from ssl import CertificateError

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
    TimeoutError,
)

from buckets.s3.errors import (
    AlreadyThere,
    BadCredentials,
    BucketMissing,
    ClockSkewed,
    NotAStore,
    ObjectArchived,
    ObjectMissing,
    S3AccessDenied,
    S3Error,
    S3Unavailable,
    Unreachable,
    Untrusted,
    WrongRegion,
)
from buckets.s3.listing_request import ACTION as LISTING

NO_HTTP = "no HTTP"
NO_TLS = "no TLS"
NO_AGREEMENT = "no agreement on TLS"
TIMEOUT = "timeout"
BROKEN_OFF = "broken off"
"""Our own words for what happened on the way, as codes."""

_BY_CODE: dict[str, type[S3Error]] = {
    "AccessDenied": S3AccessDenied,
    # No IAM policy mends these two.
    "AllAccessDisabled": S3Error,
    "AccountProblem": S3Error,
    "NoSuchBucket": BucketMissing,
    "NoSuchKey": ObjectMissing,
    "NoSuchVersion": ObjectMissing,
    "InvalidAccessKeyId": BadCredentials,
    "SignatureDoesNotMatch": BadCredentials,
    "InvalidToken": BadCredentials,
    "InvalidSecurity": BadCredentials,
    "RequestTimeTooSkewed": ClockSkewed,
    "PermanentRedirect": WrongRegion,
    "TemporaryRedirect": WrongRegion,
    "AuthorizationHeaderMalformed": WrongRegion,
    "IllegalLocationConstraintException": WrongRegion,
    "InvalidObjectState": ObjectArchived,
    "PreconditionFailed": AlreadyThere,
    "SlowDown": S3Unavailable,
    "ServiceUnavailable": S3Unavailable,
    "InternalError": S3Unavailable,
    "RequestTimeout": S3Unavailable,
    "OperationAborted": S3Unavailable,
}
# For answers without a body, as to HEAD. A 400 tells nothing; AWS sends it for a wrong region or a bad key.
_BY_STATUS: dict[int, type[S3Error]] = {
    301: WrongRegion,
    307: WrongRegion,
    403: S3AccessDenied,
    404: ObjectMissing,
    412: AlreadyThere,
    429: S3Unavailable,
}
_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,64})</Code>")
_REGION = re.compile(rb"<Region>([a-z0-9-]{1,64})</Region>")


def refusal(
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    action: str,
    now: datetime,
    has_body: bool = True,
) -> S3Error:
    """The error that an answer with this status (300 or more) means. Header names are lower case.

    `has_body` is false for what answers a HEAD: there the status is all that a store can say.
    """
    found = _CODE.search(body)
    code = found[1].decode() if found else ""
    kind = _BY_CODE.get(code) or (S3Unavailable if status >= 500 else _BY_STATUS.get(status, S3Error))
    if has_body and not code and not _is_stores_own(kind, headers):
        return NotAStore(action=action, code=str(status))
    known = code or str(status)
    if kind is ObjectMissing and action == LISTING:
        # No listing is of an object: the store took the bucket's name for a key, in the bucket that the endpoint names.
        return BucketMissing(action=action, code=known)
    if kind is WrongRegion:
        named = _REGION.search(body)
        region = headers.get("x-amz-bucket-region", "") or (named[1].decode() if named else "")
        return WrongRegion(action=action, code=known, region=region)
    if kind is ClockSkewed:
        return ClockSkewed(action=action, code=known, skew=_skew(headers.get("date", ""), now))
    if issubclass(kind, S3Unavailable):
        return S3Unavailable(action=action, code=known, retry_after=_seconds(headers.get("retry-after", "")))
    return kind(action=action, code=known)


def failure(error: HTTPError, *, action: str) -> S3Unavailable:
    """The error that a failed connection, a timeout or a broken-off answer means."""
    reason = _root(error)
    if isinstance(reason, SSLError):
        return tls_failure(reason, action=action)
    if isinstance(reason, NameResolutionError):
        return Unreachable("The endpoint's name has no address.", action=action, code="DNS")
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return Unreachable(action=action, code="connect")
    if isinstance(reason, TimeoutError):
        return S3Unavailable(action=action, code=TIMEOUT)
    is_foreign = any(
        isinstance(cause, BadStatusLine) and not isinstance(cause, RemoteDisconnected)
        for cause in reason.args
    )
    return S3Unavailable(action=action, code=NO_HTTP if is_foreign else BROKEN_OFF)


def tls_failure(reason: BaseException, *, action: str) -> S3Unavailable:
    """The error that a failed TLS handshake means."""
    said = str(reason)
    if "WRONG_VERSION_NUMBER" in said:
        return Untrusted("The storage speaks no TLS at its address.", action=action, code=NO_TLS)
    if "EOF occurred" in said:
        return S3Unavailable(action=action, code=BROKEN_OFF)
    if "certificate verify failed" in said.lower() or isinstance(reason, CertificateError):
        return Untrusted(action=action, code="TLS")
    return Untrusted("The storage can't agree with us on how to encrypt.", action=action, code=NO_AGREEMENT)


def _is_stores_own(kind: type[S3Error], headers: Mapping[str, str]) -> bool:
    """Whether a store, or what stands before one, may answer so without S3's XML."""
    return kind is S3Unavailable or (kind is WrongRegion and "x-amz-bucket-region" in headers)


def _root(error: BaseException) -> BaseException:
    reason = getattr(error, "reason", None)
    return _root(reason) if isinstance(reason, BaseException) else error


def _skew(date: str, now: datetime) -> timedelta | None:
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)) - now


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() else None
