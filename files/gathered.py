"""A big listing as it comes in, page by page: kept packed, so that a hundred thousand entries are a few megabytes."""

import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from files.kinds import source_of, thumbnail_of
from files.rows import Listed, Row, file_row, folder_rows, storable

_Packed = tuple[str, int, str, str, str]


class Gathered:
    """All rows of one listing by kind and name, as `rows_of` makes them. Add every page, then read as often as needed.

    S3 names keys in order, so pages are unpacked one by one; where a store doesn't, they are sorted all at once.
    """

    def __init__(self) -> None:
        self._folders: set[str] = set()
        self._pages: list[bytes] = []
        self._last = ""
        self._is_sorted = True
        self._marked: set[str] = set()
        self._sources: set[str] | None = None

    def add(self, folders: Iterable[str], files: Iterable[Listed]) -> None:
        """Takes in one page: names of folders, and files."""
        self._folders.update(map(storable, folders))
        found = {storable(file.name): file for file in files}
        if not found:
            return
        names = sorted(found)
        self._is_sorted = self._is_sorted and names[0] > self._last
        self._last = max(self._last, names[-1])
        self._marked.update(name for name in names if source_of(name))
        self._pages.append(_pack((name, found[name]) for name in names))

    @property
    def is_empty(self) -> bool:
        return not (self._folders or self._pages)

    def __iter__(self) -> Iterator[Row]:
        if self._sources is None:
            self._sources = {name for name, *_ in self._files() if thumbnail_of(name) in self._marked}
        yield from folder_rows(self._folders)
        for name, size, modified_at, etag, storage_class in self._files():
            yield file_row(
                name,
                size=size,
                modified_at=datetime.fromisoformat(modified_at),
                etag=etag,
                storage_class=storage_class,
                is_hidden=source_of(name) in self._sources,
                has_thumbnail=name in self._sources,
            )

    def _files(self) -> Iterator[_Packed]:
        if self._is_sorted:
            for page in self._pages:
                yield from _unpack(page)
        else:
            found = {packed[0]: packed for page in self._pages for packed in _unpack(page)}
            yield from (found[name] for name in sorted(found))


def _pack(files: Iterable[tuple[str, Listed]]) -> bytes:
    values: list[_Packed] = [
        (name, file.size, file.modified_at.isoformat(), file.etag, file.storage_class) for name, file in files
    ]
    return zlib.compress(json.dumps(values).encode(), level=1)


def _unpack(page: bytes) -> Iterator[_Packed]:
    values: list[_Packed] = json.loads(zlib.decompress(page))
    return iter(values)
