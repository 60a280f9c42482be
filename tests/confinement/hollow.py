"""A database and a store with nothing behind them: everything up to the wire is the product's own, and is written down.

The database answers every question with nothing. The store holds whatever name a test gives it, below whatever prefix is
asked for, and notes each key that a request speaks of.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from buckets.s3 import transport
from files import relisting, signals

BUCKET = "press-kit"
_KEY = re.compile(r"<Key>(.*?)</Key>", re.DOTALL)
MOMENT = "2026-01-01T00:00:00.000Z"


@dataclass
class HollowStore:
    """Stands where the pools of connections to stores stand. `name` is what it lists, `seen` what it was asked about."""

    name: str = ""
    seen: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, *, body: bytes | None = None, **_: Any) -> "_Response":
        parts = urlsplit(url)
        key = unquote(parts.path.removeprefix(f"/{BUCKET}").removeprefix("/"), errors="surrogateescape")
        query = parse_qs(parts.query, keep_blank_values=True)
        if "list-type" in query:
            prefix = query["prefix"][0] if "prefix" in query else ""
            self.seen.append(prefix)
            return _Response(
                200, _listing(prefix, self.name, "delimiter" in query), {"content-type": "application/xml"}
            )
        if "delete" in query:
            self.seen += [unescape(key) for key in _KEY.findall((body or b"").decode())]
            return _Response(200, b"<DeleteResult/>", {"content-type": "application/xml"})
        self.seen.append(key)
        facts = {"etag": '"e"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT", "content-length": "1"}
        return _Response(200, b"", facts)


@dataclass
class _Response:
    status: int
    body: bytes
    headers: dict[str, str]
    length_remaining: int = 0

    def read1(self, _: int) -> bytes:
        piece, self.body = self.body, b""
        return piece

    def release_conn(self) -> None:
        pass

    def close(self) -> None:
        pass


def _listing(prefix: str, name: str, is_delimited: bool) -> bytes:
    """One page that holds `name` below `prefix`, as S3 writes it."""
    folder, slash, _ = name.partition("/")
    found = f"<CommonPrefixes><Prefix>{_spelled(prefix + folder)}/</Prefix></CommonPrefixes>"
    if not (is_delimited and slash):
        found = (
            f"<Contents><Key>{_spelled(prefix + name)}</Key><LastModified>{MOMENT}</LastModified>"
            "<ETag>&quot;e&quot;</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>{found}</ListBucketResult>"
    ).encode()


def _spelled(key: str) -> str:
    return quote(key, safe="/", errors="replace")


class HollowDatabase(DatabaseWrapper):
    """PostgreSQL as Django sees it, without one: statements are compiled as ever and then answered with nothing."""

    pg_version = 150000

    def ensure_connection(self) -> None:
        self.connection = self.connection or object()
        self.autocommit = True

    def create_cursor(self, name: str | None = None) -> Any:
        return _Cursor()

    def cursor(self) -> Any:
        return _Cursor()

    def chunked_cursor(self) -> Any:
        return _Cursor()

    def _set_autocommit(self, autocommit: bool) -> None:
        self.autocommit = autocommit

    def get_autocommit(self) -> bool:
        return self.autocommit

    def _commit(self) -> None:
        pass

    _rollback = _close = close = _commit


class _Cursor:
    """Every SELECT finds nothing; an INSERT gives as many ids as it has rows; a lock is always another's."""

    rowcount = 0
    description = None

    def __init__(self) -> None:
        self._rows: list[tuple[int, ...]] = []

    def execute(self, sql: str, params: Any = None) -> None:
        self._rows = []
        if "RETURNING" in str(sql):
            count = len(params[0]) if "UNNEST" in sql else max(1, sql.count("(%s"))
            self._rows = [(1,)] * count
        elif "pg_try_advisory" in str(sql):
            self._rows = [(0,)]

    def fetchone(self) -> Any:
        return self._rows.pop() if self._rows else None

    def fetchmany(self, _: int = 0) -> Any:
        rows, self._rows = self._rows, []
        return rows

    fetchall = fetchmany

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __enter__(self) -> "_Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass


@contextmanager
def hollow() -> Iterator[HollowStore]:
    """The product between a hollow database and a hollow store; what follows a commit is not told to anybody."""
    store = HollowStore()
    real = connections["default"]
    connections["default"] = HollowDatabase(real.settings_dict)
    connections["default"].ensure_connection()
    try:
        with (
            patch.object(transport, "_pools", lambda: store),
            # Nothing is ever stored here, which a listing takes for being overtaken and would try again.
            patch.object(relisting, "_ATTEMPTS", 1),
            patch.object(signals.listing_wanted, "receivers", []),
            patch.object(signals.folder_changed, "receivers", []),
        ):
            yield store
    finally:
        connections["default"] = real
