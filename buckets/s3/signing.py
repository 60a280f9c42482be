"""Signature Version 4 for S3, by hand: a tenth of a tenth of what the SDK needs for it. Pure; the SDK is its oracle in tests."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

from buckets.s3.address import Address, escaped

_EMPTY_BODY = sha256(b"").hexdigest()
_ALGORITHM = "AWS4-HMAC-SHA256"


class _Day(NamedTuple):
    """What stays the same for one day: the derived key, the scope, and both ids as a query writes them."""

    day: str
    key: bytes
    scope: str
    credential: str


@dataclass(slots=True)
class Signer:
    """Signs for one access key in one region. What holds for a day is derived once and kept; safe among threads."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    region: str
    _kept: _Day | None = field(default=None, init=False, repr=False)

    def presign(
        self,
        method: str,
        address: Address,
        *,
        key: str,
        expires: int,
        now: datetime,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """A URL that allows `method` on `key` for `expires` seconds from `now`.

        `parameters` go into the query in their order. `headers` (lower-case names) are signed: whoever uses the URL must
        send exactly them, or the store refuses.
        """
        stamp = _stamp(now)
        today = self._today(stamp[:8])
        names, canonical_headers = _canonical(headers, address.host)
        signing = _signing(today.credential, stamp, expires, names)
        asked = [f"{_encoded(name)}={escaped(value)}" for name, value in (parameters or {}).items()]
        # Capitals sort before small letters, so ours stand before any response-… parameter without sorting all.
        sorted_query = "&".join((signing, *sorted(asked)))
        path = address.path(key)
        canonical = f"{method}\n{path}\n{sorted_query}\n{canonical_headers}\n{names}\nUNSIGNED-PAYLOAD"
        signature = _sign(canonical, stamp, today)
        return f"{address.origin}{path}?{'&'.join((*asked, signing))}&X-Amz-Signature={signature}"

    def headers(
        self,
        method: str,
        address: Address,
        *,
        path: str,
        query: Mapping[str, str | bytes],
        now: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[str, dict[str, str]]:
        """The URL and the headers of a signed request without a body to the already encoded `path`.

        `headers` (lower-case names) are signed and sent with it.
        """
        stamp = _stamp(now)
        today = self._today(stamp[:8])
        sent = {
            **(headers or {}),
            "host": address.host,
            "x-amz-content-sha256": _EMPTY_BODY,
            "x-amz-date": stamp,
        }
        names, canonical_headers = _canonical(
            {name: value for name, value in sent.items() if name != "host"}, address.host
        )
        asked = "&".join(
            sorted(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items())
        )
        canonical = f"{method}\n{path}\n{asked}\n{canonical_headers}\n{names}\n{_EMPTY_BODY}"
        sent["authorization"] = (
            f"{_ALGORITHM} Credential={self.access_key_id}/{today.scope}, SignedHeaders={names}, "
            f"Signature={_sign(canonical, stamp, today)}"
        )
        return f"{address.origin}{path}{'?' if asked else ''}{asked}", sent

    def _today(self, day: str) -> _Day:
        kept = self._kept
        if kept is None or kept.day != day:
            scope = f"{day}/{self.region}/s3/aws4_request"
            credential = quote(f"{self.access_key_id}/{scope}", safe="")
            kept = self._kept = _Day(
                day, _day_key(self.secret_access_key, day, self.region), scope, credential
            )
        return kept


def _sign(canonical: str, stamp: str, today: _Day) -> str:
    digest = sha256(canonical.encode()).hexdigest()
    return hmac.digest(today.key, f"{_ALGORITHM}\n{stamp}\n{today.scope}\n{digest}".encode(), "sha256").hex()


def _day_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


# A page signs a thousand links of one moment, with the same few parameters.
@lru_cache(maxsize=64)
def _stamp(now: datetime) -> str:
    moment = now if now.tzinfo is UTC else now.astimezone(UTC)
    return f"{moment.year:04}{moment.month:02}{moment.day:02}T{moment.hour:02}{moment.minute:02}{moment.second:02}Z"


@lru_cache(maxsize=64)
def _signing(credential: str, stamp: str, expires: int, names: str) -> str:
    """The parameters that make a URL a signed one, but for the signature."""
    return (
        f"X-Amz-Algorithm={_ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={stamp}&X-Amz-Expires={expires}"
        f"&X-Amz-SignedHeaders={names.replace(';', '%3B')}"
    )


@lru_cache(maxsize=64)
def _encoded(name: str) -> str:
    return quote(name, safe="")


def _canonical(headers: Mapping[str, str] | None, host: str) -> tuple[str, str]:
    """The names of the signed headers, and the headers as SigV4 writes them: sorted, runs of spaces as one."""
    if not headers:
        return "host", f"host:{host}\n"
    ordered = sorted((*headers.items(), ("host", host)))
    return (
        ";".join([name for name, _ in ordered]),
        "".join([_line(name, value) for name, value in ordered]),
    )


@lru_cache(maxsize=1024)
def _line(name: str, value: str) -> str:
    return f"{name}:{' '.join(value.split())}\n"
