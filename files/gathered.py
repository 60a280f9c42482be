"""A big listing as it comes in, page by page: kept packed, so that a hundred thousand entries are a few megabytes."""

import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from files.kinds import THUMBNAIL_MARK, source_of, thumbnail_of
from files.rows import Listed, Row, file_row, folder_rows, storable

_File = tuple[str, int, str, str, str]


class _Page(NamedTuple):
    """The files of one page, packed; `first` and `last` are their outermost names, `number` says when it came."""

    first: str
    last: str
    number: int
    packed: bytes


class Gathered:
    """All rows of one listing by kind and name, as `rows_of` makes them. Add every page, then read as often as needed.

    Pages come in any order. As long as none reaches into another they are unpacked one by one; those that do, as all do of
    a store that keeps no order, are sorted together.
    """

    def __init__(self) -> None:
        self._folders: set[str] = set()
        self._pages: list[_Page] = []
        self._marked: set[str] = set()
        self._sources: set[str] | None = None

    def add(self, folders: Iterable[str], files: Iterable[Listed]) -> None:
        """Takes in one page: names of folders, and files."""
        self._folders.update(map(storable, folders))
        found = {storable(file.name): file for file in files}
        if not found:
            return
        names = sorted(found)
        self._marked.update(name for name in names if name.startswith(THUMBNAIL_MARK))
        packed = _pack(names, [found[name] for name in names])
        self._pages.append(_Page(names[0], names[-1], len(self._pages), packed))
        self._sources = None

    @property
    def is_empty(self) -> bool:
        return not (self._folders or self._pages)

    def __iter__(self) -> Iterator[Row]:
        if self._sources is None:
            self._sources = self._with_thumbnails()
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

    def _with_thumbnails(self) -> set[str]:
        """The names of files that a thumbnail lies beside, on whatever page."""
        if not self._marked:
            return set()
        return {name for name, *_ in self._files() if thumbnail_of(name) in self._marked}

    def _files(self) -> Iterator[_File]:
        for pages in _apart(self._pages):
            if len(pages) == 1:
                yield from _unpack(pages[0])
            else:
                # Of a name that came twice the later one counts.
                pages.sort(key=lambda page: page.number)
                found = {file[0]: file for page in pages for file in _unpack(page)}
                yield from (found[name] for name in sorted(found))


def _apart(pages: Iterable[_Page]) -> Iterator[list[_Page]]:
    """The pages in order, those together of which one begins before another ends."""
    together: list[_Page] = []
    last = ""
    for page in sorted(pages):
        if together and page.first > last:
            yield together
            together = []
        together.append(page)
        last = max(last, page.last)
    if together:
        yield together


def _pack(names: list[str], files: list[Listed]) -> bytes:
    columns = [
        names,
        [file.size for file in files],
        [file.modified_at.isoformat() for file in files],
        [file.etag for file in files],
        [file.storage_class for file in files],
    ]
    return zlib.compress(json.dumps(columns).encode(), level=1)


def _unpack(page: _Page) -> Iterator[_File]:
    return zip(*json.loads(zlib.decompress(page.packed)), strict=True)
