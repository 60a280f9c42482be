"""What of the pages of a listing matches: each file and folder once, and no thumbnail beside its source. Pure."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, Protocol

from buckets.s3.lister.coverage import Coverage
from buckets.s3.lister.page import Span
from files.kinds import THUMBNAIL_MARK, group_of, source_of, thumbnail_of
from search.hits import FILE, FOLDER, Hit
from search.matching import NO_FILTERS, Filters, Query

_MANY: Final = 10_000


class Listed(Protocol):
    """An object of a page, by its full key."""

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def modified_at(self) -> datetime: ...
    @property
    def storage_class(self) -> str: ...


class Listing(Protocol):
    """A page, as `buckets.s3.lister` gives it: the folders within a span of keys, and the objects that one asks for."""

    @property
    def span(self) -> Span: ...
    @property
    def prefixes(self) -> Sequence[str]: ...
    @property
    def count(self) -> int: ...
    def objects_with(self, needles: Sequence[str]) -> Sequence[Listed]: ...


class Sifter:
    """Takes the pages of one listing below `below` in any order; both are full keys of folders, `root` that of the reach.

    What lies directly in a folder of `answered` is left out: somebody else has answered for it. A `t-` name is held back
    until the file it would be the thumbnail of has come, or is known not to come. Of what was listed, only what matched
    is remembered.
    """

    def __init__(
        self,
        query: Query,
        *,
        root: str,
        below: str,
        filters: Filters = NO_FILTERS,
        answered: Collection[str] = frozenset(),
    ) -> None:
        self._query, self._filters, self._answered = query, filters, answered
        self._root, self._below = len(root), len(below)
        self._name, *others = (_without_mark(word) for word in query.words)
        above = (query.ending or "").rstrip("/").rpartition("/")[2]
        self._parts = [part for part in (self._name, *others, above) if part]
        # Only where a word reaches into the mark can a thumbnail match and its source not.
        self._looks_for_marks = (self._name, *others) != query.words
        self._coverage = Coverage()
        self._seen: set[int] = set()
        self._walked: set[str] = set()
        self._folders: set[str] = set()
        self._held: dict[str, Hit] = {}
        self._order: list[bytes] = []

    def take(self, page: Listing) -> list[Hit]:
        """The hits that are certain with this page. Raises S3Unavailable when its rows can't be read."""
        found: list[Hit] = []
        for prefix in page.prefixes:
            found += self._folders_to(prefix)
        found += self._files(page.objects_with(self._parts))
        stretch = self._coverage.add(page.span)
        found += self._released(stretch.after, stretch.upto)
        return found

    def end(self) -> list[Hit]:
        """What was held back to the end of a whole listing: nothing more can come."""
        return list(self._released(b"", None))

    def _files(self, objects: Iterable[Listed]) -> Iterator[Hit]:
        parent, relative, is_answered = "\0", "", False
        name_part = self._name
        for listed in objects:
            key = listed.key
            cut = key.rfind("/") + 1
            if key[:cut] != parent:
                parent = key[:cut]
                relative, is_answered = parent[self._root :], parent in self._answered
                yield from self._folders_to(parent)
            # Folding changes nothing but the case of plain letters, and most names are plain.
            if is_answered or cut == len(key) or (key.isascii() and name_part not in key.lower()):
                continue
            name = key[cut:]
            hits = self._query.hits_file(relative, name)
            if hits or (self._looks_for_marks and self._query.hits_file(relative, thumbnail_of(name))):
                self._note(key)
            if hits and not self._is_held_back(parent, name, listed) and self._lets_in(listed, name):
                yield _file(parent, name, listed)

    def _note(self, key: str) -> None:
        """This file is there: what would be its thumbnail is."""
        self._seen.add(hash(key))
        if self._held.pop(key, None) is not None:
            del self._order[bisect_left(self._order, key.encode())]

    def _is_held_back(self, parent: str, name: str, listed: Listed) -> bool:
        """Whether this file is a thumbnail, or may turn out to be one."""
        source = source_of(name)
        if source is None:
            return False
        key = f"{parent}{source}"
        if hash(key) in self._seen:
            return True
        if self._coverage.holds(key.encode()):
            return False
        if self._lets_in(listed, name):
            self._held[key] = _file(parent, name, listed)
            insort(self._order, key.encode())
        return True

    def _released(self, after: bytes, upto: bytes | None) -> Iterator[Hit]:
        """What waited for a file of this stretch of keys, all of which has been listed."""
        first = bisect_right(self._order, after)
        last = len(self._order) if upto is None else bisect_right(self._order, upto)
        for place in self._order[first:last]:
            yield self._held.pop(place.decode())
        del self._order[first:last]

    def _folders_to(self, folder: str) -> Iterator[Hit]:
        """The folder with this full key and those above it, as far as they match and weren't met before."""
        while len(folder) > self._below and folder not in self._walked:
            self._walked.add(folder)
            stem = folder[:-1]
            cut = stem.rfind("/") + 1
            above, name = folder[:cut], stem[cut:]
            if (
                self._filters.let_folders_in
                and above not in self._answered
                and folder not in self._folders
                and self._query.hits_folder(above[self._root :], name)
            ):
                self._folders.add(folder)
                yield Hit(FOLDER, above, name)
            folder = above
        if len(self._walked) > _MANY:
            self._walked.clear()

    def _lets_in(self, listed: Listed, name: str) -> bool:
        return self._filters is NO_FILTERS or self._filters.let_file_in(
            group=group_of(name).value,
            size=listed.size,
            modified_at=listed.modified_at,
            storage_class=listed.storage_class,
        )


def _file(parent: str, name: str, listed: Listed) -> Hit:
    return Hit(
        FILE, parent, name, listed.size, listed.modified_at, listed.storage_class, group_of(name).value
    )


def _without_mark(needle: str) -> str:
    """What a file's name must hold for a thumbnail of it to match: the part of the needle behind the thumbnails' mark."""
    for start in range(len(THUMBNAIL_MARK)):
        mark = THUMBNAIL_MARK[start:]
        if needle.startswith(mark) or mark.startswith(needle):
            return needle[len(mark) :]
    return needle
