"""From a store's answers and a network's failures to our errors: one table for SDK and own requests alike."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)

from buckets.s3.errors import (
    AlreadyThere,
    BadCredentials,
    BucketMissing,
    ClockSkewed,
    ObjectArchived,
    ObjectMissing,
    S3AccessDenied,
    S3Error,
    S3Unavailable,
    Unreachable,
    Untrusted,
    WrongRegion,
)

_BY_CODE: dict[str, type[S3Error]] = {
    "AccessDenied": S3AccessDenied,
    "AllAccessDisabled": S3AccessDenied,
    "AccountProblem": S3AccessDenied,
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


def refusal(*, status: int, headers: Mapping[str, str], body: bytes, action: str, now: datetime) -> S3Error:
    """The error that an answer with this status (300 or more) means. Header names are lower case."""
    found = _CODE.search(body)
    code = found[1].decode() if found else ""
    kind = _BY_CODE.get(code) or (S3Unavailable if status >= 500 else _BY_STATUS.get(status, S3Error))
    known = code or str(status)
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
        return Untrusted(action=action, code="TLS")
    if isinstance(reason, NameResolutionError):
        return Unreachable("The endpoint's name has no address.", action=action, code="DNS")
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return Unreachable(action=action, code="connect")
    return S3Unavailable(action=action, code=type(reason).__name__)


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
