"""Calls from machines that know a secret: who they are, whether their body is what they sent, and how often they may err.

A caller sends the secret itself, or keeps it and sends a signature: `X-MediaBridge-Timestamp` (seconds since 1970) and
`X-MediaBridge-Signature`, `sha256=` and the HMAC-SHA256 in hexadecimals of the timestamp, a dot and the body.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.http import HttpRequest
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.request import Request

from mediabridge.wire import json_body
from mediabridge.wire.throttles import TooFast, seconds_to_wait

BODY_LIMIT = 64 * 1024
"""The longest body of a webhook, in bytes."""
SIGNED_WITHIN = timedelta(minutes=5)
FAILED_TRIES = "10/m"
TIMESTAMP, SIGNATURE = "X-MediaBridge-Timestamp", "X-MediaBridge-Signature"
_GROUP = "webhook-failed"
_SECONDS = re.compile(r"[0-9]{1,12}")


class WebhookOff(Exception):
    """No secret is configured, so nobody can call."""


class WrongSecret(Exception):
    """Who calls doesn't know the secret, or their signature is wrong or too old."""


RAISES: Final = (
    WebhookOff,
    WrongSecret,
    json_body.Malformed("The body must be JSON."),
    json_body.TooLarge(BODY_LIMIT),
    UnsupportedMediaType,
    ValidationError,
)
"""What reading a webhook's body ends in, for the description of the wire."""


def body_of(request: Request, *, header: str, secrets: Sequence[str], now: datetime) -> Any:
    """The JSON that somebody sent who knows one of `secrets`; `header` is where the plain secret stands.

    Raises WebhookOff, TooFast after ten wrong tries a minute from one address, WrongSecret, and what reading JSON raises.
    """
    if not secrets:
        raise WebhookOff
    page = request._request
    _refuse_guessing(page)
    raw = page.read(BODY_LIMIT + 1)
    if len(raw) > BODY_LIMIT:
        raise json_body.TooLarge(BODY_LIMIT)
    if not _is_known(page, raw, header=header, secrets=secrets, now=now):
        wait = seconds_to_wait(page, group=_GROUP, rate=FAILED_TRIES)
        raise TooFast(wait) if wait else WrongSecret
    if page.content_type != "application/json":
        raise UnsupportedMediaType(page.content_type or "")
    return json_body.read(raw)


def _is_known(page: HttpRequest, raw: bytes, *, header: str, secrets: Sequence[str], now: datetime) -> bool:
    """Whether the signature is right, where there is one; else whether the secret is. All secrets are always compared."""
    signature, timestamp = page.headers.get(SIGNATURE), page.headers.get(TIMESTAMP, "")
    if signature is None:
        return _is_one_of(page.headers.get(header, ""), [secret.encode() for secret in secrets])
    if not _is_recent(timestamp, now=now):
        return False
    signed = timestamp.encode() + b"." + raw
    right = [f"sha256={hmac.digest(secret.encode(), signed, sha256).hex()}".encode() for secret in secrets]
    return _is_one_of(signature, right)


def _is_one_of(said: str, right: Sequence[bytes]) -> bool:
    # Headers come as Latin-1, whatever their bytes mean.
    raw = said.encode("latin-1", "replace")
    return sum(hmac.compare_digest(raw, each) for each in right) > 0


def _is_recent(timestamp: str, *, now: datetime) -> bool:
    if not _SECONDS.fullmatch(timestamp):
        return False
    return abs(now - datetime.fromtimestamp(min(int(timestamp), 2**32), UTC)) <= SIGNED_WITHIN


def _refuse_guessing(page: HttpRequest) -> None:
    """Raises TooFast while this address has failed too often, whatever it sends now: else the limit would limit nothing."""
    if wait := seconds_to_wait(page, group=_GROUP, rate=FAILED_TRIES, is_counted=False):
        raise TooFast(wait)
