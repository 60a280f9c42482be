"""Entries and stretches on their way into their tables, in PostgreSQL's binary form. Part of the writer, beside `files.cache`.

Text would have every date written here and read there, which takes longer than all the rest of an entry.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import NamedTuple
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from files.folding import all_indexed
from files.rows import FILE, FOLDER, Columns
from files.stretches import Words

_ENTRIES = (
    "folder_id, bucket_id, is_big, kind, is_hidden, has_thumbnail, name, name_folded, size, modified_at, etag,"
    ' storage_class, "group"'
)
_BEGIN = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
# A field is its length in bytes and then its value; none has the length -1.
_HEAD = struct.Struct(">hiqi16si?ihi?i?").pack
_LENGTH = struct.Struct(">i").pack
_NUMBERS_AND_LENGTH = struct.Struct(">iqiqi").pack
_STRETCH = struct.Struct(">hiqihi").pack
_FOLDERS_END = _LENGTH(-1) * 2 + _LENGTH(0) * 3


class Place(NamedTuple):
    """Where entries go: their folder's row and its bucket, and whether they are kept in the indexes of big folders."""

    folder_id: int
    bucket_id: UUID
    is_big: bool


def copy_entries(cursor: CursorWrapper, portions: Iterable[tuple[Place, Columns]]) -> None:
    """Adds these entries. While the database takes in one portion the next may be made ready."""
    with cursor.copy(f"COPY files_entry ({_ENTRIES}) FROM STDIN (FORMAT binary)") as copy:
        copy.write(_BEGIN)
        for place, columns in portions:
            copy.write(_folders(place, columns) + _files(place, columns))
        copy.write(_END)


def copy_stretches(cursor: CursorWrapper, stretches: Mapping[int, Sequence[Words]]) -> None:
    """Adds these stretches, by the ids of their folders."""
    with cursor.copy(
        "COPY files_stretch (folder_id, kind, first, last, words) FROM STDIN (FORMAT binary)"
    ) as copy:
        copy.write(_BEGIN)
        for folder_id, each in stretches.items():
            copy.write(b"".join(_stretch(folder_id, stretch) for stretch in each))
        copy.write(_END)


def _head(place: Place, kind: int, *, is_hidden: bool = False, is_pictured: bool = False) -> bytes:
    return _HEAD(
        13, 8, place.folder_id, 16, place.bucket_id.bytes, 1, place.is_big, 2, kind, 1, is_hidden, 1, is_pictured
    )  # fmt: skip


def _folders(place: Place, columns: Columns) -> bytes:
    if not columns.folders:
        return b""
    head = _head(place, FOLDER)
    names = zip(_texts(columns.folders), _texts(all_indexed(columns.folders)), strict=True)
    return b"".join(
        b"".join((head, _LENGTH(len(name)), name, _LENGTH(len(folded)), folded, _FOLDERS_END))
        for name, folded in names
    )


def _files(place: Place, columns: Columns) -> bytes:
    if not columns.names:
        return b""
    names, folded, etags = map(_texts, (columns.names, columns.folded, columns.etags))
    numbers = map(
        _NUMBERS_AND_LENGTH,
        repeat(8), columns.sizes, repeat(8), columns.microseconds, map(len, etags),
    )  # fmt: skip
    ends = _Ends()
    rows = zip(
        _heads(place, columns),
        map(_LENGTH, map(len, names)),
        names,
        map(_LENGTH, map(len, folded)),
        folded,
        numbers,
        etags,
        map(ends.__getitem__, zip(columns.classes, columns.groups, strict=True)),
        strict=False,
    )
    return b"".join(chain.from_iterable(rows))


def _heads(place: Place, columns: Columns) -> Iterable[bytes]:
    if not columns.hidden and not columns.pictured:
        return repeat(_head(place, FILE))
    heads = {
        (is_hidden, is_pictured): _head(place, FILE, is_hidden=is_hidden, is_pictured=is_pictured)
        for is_hidden in (False, True)
        for is_pictured in (False, True)
    }
    return [heads[name in columns.hidden, name in columns.pictured] for name in columns.names]


class _Ends(dict[tuple[str, str], bytes]):
    """How rows of a storage class and a group end; there are few."""

    def __missing__(self, texts: tuple[str, str]) -> bytes:
        self[texts] = made = b"".join(_LENGTH(len(text.encode())) + text.encode() for text in texts)
        return made


def _stretch(folder_id: int, stretch: Words) -> bytes:
    first, last, words = (text.encode() for text in stretch[1:])
    head = _STRETCH(5, 8, folder_id, 2, stretch.kind, len(first))
    return b"".join((head, first, _LENGTH(len(last)), last, _LENGTH(len(words)), words))


def _texts(texts: Sequence[str]) -> list[bytes]:
    """Each text in bytes. There is one at least, and none holds a NUL."""
    return "\x00".join(texts).encode().split(b"\x00")
