"""Pages of a listing kept on disk until all have come, for another process to store.

    spool = Spool(begun)
    spool.add(pages)                     # as they come; NoRoom when the disk has none to spare
    with spool.closed() as file: …       # all of it, from the start: what `read` takes

The file has no name, so nothing is left of it whatever becomes of its processes. What is not closed can't be read: a listing
that broke off is never taken for a whole one.
"""

import json
import shutil
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import IO
from uuid import UUID

from django.conf import settings

from buckets.s3.lister import Page
from buckets.s3.listing_xml import BrokenListing
from files.storing import Begun

MOST_BYTES = 4 << 30
"""Of all spools of this process: some ten million keys."""
SPARED_BYTES = 1 << 30
"""What is left free on the disk for others."""
_LOOK_EVERY = 64 << 20
_LENGTH = struct.Struct("!I")
_spools: "set[Spool]" = set()


class NoRoom(Exception):
    """The disk has no room to spare for a listing."""


class BrokenSpool(Exception):
    """What was to be read is no spool, or not all of one."""


class Spool:
    """Takes the pages of the listing `begun`, in SPOOL_DIR. Raises NoRoom, here and in `add`, and OSError when there is no such
    place or the disk is full.
    """

    def __init__(self, begun: Begun) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=settings.SPOOL_DIR)  # noqa: SIM115 - until all has come
        self._bytes = 0
        self._looked_at = -_LOOK_EVERY
        _spools.add(self)
        try:
            self._write(json.dumps(asdict(begun), default=str).encode())
        except BaseException:
            self.drop()
            raise

    def add(self, pages: Iterable[Page]) -> None:
        """Keeps these pages."""
        for page in pages:
            self._write(page.to_bytes())

    @contextmanager
    def closed(self) -> Iterator[IO[bytes]]:
        """The whole of it from its start, when all pages were added; afterwards it is gone."""
        try:
            self._file.write(_LENGTH.pack(0))
            self._file.flush()
            # Another process reads from where the descriptor stands.
            self._file.seek(0)
            yield self._file
        finally:
            self.drop()

    def drop(self) -> None:
        """Nobody wants it any more."""
        _spools.discard(self)
        self._file.close()

    def _write(self, piece: bytes) -> None:
        if self._bytes - self._looked_at >= _LOOK_EVERY:
            self._looked_at = self._bytes
            if shutil.disk_usage(self._file.fileno()).free < SPARED_BYTES:
                raise NoRoom
        if sum(spool._bytes for spool in list(_spools)) + len(piece) > MOST_BYTES:
            raise NoRoom
        self._bytes += _LENGTH.size + len(piece)
        self._file.write(_LENGTH.pack(len(piece)))
        self._file.write(piece)


def read(file: IO[bytes]) -> tuple[Begun, Iterator[Page]]:
    """The listing of a spool, and its pages one by one. Raises BrokenSpool, at the latest behind the last page."""
    try:
        facts = json.loads(_piece(file))
        begun = Begun(
            UUID(str(facts["bucket_id"])), facts["path"], datetime.fromisoformat(facts["at"]), facts["moment"]
        )
    except (ValueError, KeyError, TypeError):
        raise BrokenSpool from None
    return begun, _pages(file, begun.path)


def _pages(file: IO[bytes], prefix: str) -> Iterator[Page]:
    while piece := _piece(file):
        try:
            yield Page.of_bytes(piece, prefix=prefix)
        except BrokenListing:
            raise BrokenSpool from None


def _piece(file: IO[bytes]) -> bytes:
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise BrokenSpool
    (length,) = _LENGTH.unpack(head)
    piece = file.read(length)
    if len(piece) < length:
        raise BrokenSpool
    return piece
