"""Folders put together from the pages of a listing: each one handed out once, when nothing of it can be missing. Pure."""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

from buckets.s3.lister.coverage import Coverage
from buckets.s3.lister.page import Page
from buckets.s3.listing_xml import ListedObject


@dataclass(slots=True)
class ListedFolder:
    """One whole folder by its full key: the names of the folders directly in it, and its files by their full keys, unsorted.

    The marker object of the folder itself is no file of it; `has_marker` says that it is there.
    """

    key: str
    folders: set[str] = field(default_factory=set)
    files: list[ListedObject] = field(default_factory=list)
    has_marker: bool = False


class WholeFolders:
    """Takes the pages of one flat listing below `prefix`; tells which folders they complete.

    A folder is whole when everything below it has been listed, so a listing that fails never makes one of the folders it
    did not finish whole. What is not whole yet is held in memory; `most_files` bounds what is held of one folder, and one
    that has more is never handed out: `too_big` names those that are whole by now.
    """

    def __init__(self, prefix: str, *, most_files: int = 200_000) -> None:
        self._prefix = prefix
        self._most = most_files
        self.too_big: set[str] = set()
        self._coverage = Coverage()
        self._open: dict[str, ListedFolder] = {prefix: ListedFolder(prefix)}
        self._order: list[bytes] = [prefix.encode()]

    def add(self, page: Page) -> list[ListedFolder]:
        """The folders that are whole with this page, in order. Raises S3Unavailable when its rows can't be read."""
        for listed in page.objects:
            self._place(listed)
        stretch = self._coverage.add(page.span)
        first = bisect_left(self._order, stretch.after)
        last = len(self._order) if stretch.upto is None else bisect_right(self._order, stretch.upto)
        whole = [place.decode() for place in self._order[first:last] if self._is_whole(place)]
        for key in whole:
            del self._order[bisect_left(self._order, key.encode())]
        found = [self._open.pop(key) for key in whole]
        self.too_big |= {folder.key for folder in found if len(folder.files) > self._most}
        return [folder for folder in found if folder.key not in self.too_big]

    def _is_whole(self, place: bytes) -> bool:
        return self._coverage.has_folder(place.decode())

    def _place(self, listed: ListedObject) -> None:
        key = listed.key
        parent = key[: key.rfind("/") + 1]
        folder = self._open.get(parent)
        if folder is None:
            folder = self._opened(parent)
        if key == parent:
            folder.has_marker = True
        elif len(folder.files) <= self._most:
            folder.files.append(listed)

    def _opened(self, key: str) -> ListedFolder:
        """The folder `key`, made with all above it that are not known yet."""
        folder = self._open[key] = ListedFolder(key)
        insort(self._order, key.encode())
        stem = key[:-1]
        above = stem[: stem.rfind("/") + 1]
        parent = self._open.get(above)
        if parent is None:
            parent = self._opened(above)
        parent.folders.add(stem[len(above) :])
        return folder
