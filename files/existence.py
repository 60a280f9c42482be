"""Which names are taken: from the stored listing where it is fresh, else from S3, without listing a big folder to its end.

The answer helps people, it protects nothing: new files are signed create-only, so S3 itself refuses a name that was taken
meanwhile or that was too costly to ask about.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.conf import settings

from buckets.paths import FolderKey, Key, Malformed, Reach
from buckets.s3 import lister, objects
from buckets.s3.errors import ObjectMissing, S3AccessDenied
from files.models import Entry, PendingUpload
from files.stored import StoredFolder, stored_folders

Place = tuple[str, str]
_AT_ONCE = 8
_HEAD_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Existing:
    """A file that is there."""

    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What is known of one folder: its stored listing (`stored_id`), or the files and folders S3 named first.

    `up_to` is the last name S3 came to, None when it named all.
    """

    stored_id: int | None
    files: Mapping[str, Existing]
    folders: Collection[str]
    up_to: str | None = None

    @property
    def is_believed(self) -> bool:
        """Whether S3 wasn't asked for this folder: what is stored, of it or of a folder above, told what it holds."""
        return self.stored_id is not None or self is _EMPTY

    def may_hold(self, folder: str) -> bool:
        return folder in self.folders or not self.covers(f"{folder}/")

    def covers(self, name: str) -> bool:
        return self.up_to is None or name <= self.up_to


_EMPTY = _Shelf(None, {}, ())


class Lookup:
    """Answers which names are taken in the folders of one reach. Ask for everything at once first: that is cheap."""

    def __init__(self, reach: Reach, *, now: datetime) -> None:
        self._reach = reach
        self._now = now
        self._shelves: dict[str, _Shelf] = {}
        self._found: dict[Place, Existing | None] = {}
        self._unsure: set[Place] = set()

    def ask(self, names: Mapping[FolderKey, Collection[str]], *, below: FolderKey) -> None:
        """Finds out about these names, by folder; every folder is `below` or lies below it. Raises S3Error.

        A request for each level of folders that exist and aren't stored; of a tree that is all new, one.
        """
        folders = {folder.text: folder for target in names for folder in _way(below, target)}
        stored = stored_folders(self._reach.bucket_id, list(folders), now=self._now)
        by_depth = sorted(folders.values(), key=_depth)
        for _, level in groupby(by_depth, key=_depth):
            self._shelve(list(level), stored, folders, below=below)
        self._fill(names)

    def find(self, folder: FolderKey, name: str) -> Existing | None:
        """The file `name` in `folder`, None when there is none. Raises S3Error."""
        if folder.text not in self._shelves:
            self.ask({folder: [name]}, below=folder)
        if (folder.text, name) not in self._found:
            self._fill({folder: [name]})
        return self._found[folder.text, name]

    def lacks(self, folder: FolderKey, name: str) -> bool:
        """Whether there is certainly no file `name` in `folder`, as a whole listing tells. Raises S3Error."""
        return self.find(folder, name) is None and (folder.text, name) not in self._unsure

    def heads(self, keys: Sequence[Key]) -> list[bool]:
        """Whether S3 has each of these, asked one by one and for certain. Raises S3Error."""
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look") as pool:
            return list(pool.map(self._is_there, keys))

    def _is_there(self, key: Key) -> bool:
        try:
            objects.head(self._reach, key)
        except ObjectMissing:
            return False
        return True

    def _shelve(
        self,
        level: list[FolderKey],
        stored: Mapping[str, StoredFolder],
        folders: Mapping[str, FolderKey],
        *,
        below: FolderKey,
    ) -> None:
        unknown = []
        for folder in level:
            known = stored.get(folder.text)
            if folder.text != below.text and not self._shelves[folder.parent.text].may_hold(folder.name):
                self._shelves[folder.text] = _EMPTY
            elif known and known.is_whole and known.is_current(within=settings.LISTING_FRESH, now=self._now):
                children = {other.name for other in folders.values() if other.parent.text == folder.text}
                self._shelves[folder.text] = _Shelf(known.id, {}, _stored_folders_among(children, known.id))
            else:
                unknown.append(folder)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look") as pool:
            seen = pool.map(self._first_page, unknown)
            self._shelves.update(zip((folder.text for folder in unknown), seen, strict=True))

    def _first_page(self, folder: FolderKey) -> _Shelf:
        page = next(lister.folder_pages(self._reach, folder))
        files = {file.name: Existing(file.size, file.modified_at) for file in page.files}
        ends = [*(f"{name}/" for name in page.folders), *files]
        return _Shelf(None, files, set(page.folders), None if page.last else max(ends))

    def ask_more(self, names: Mapping[FolderKey, Collection[str]]) -> None:
        """Finds out about more names in folders that were asked about before, at once. Raises S3Error."""
        self._fill({folder: [name for name in wanted if (folder.text, name) not in self._found]
                    for folder, wanted in names.items()})  # fmt: skip

    def _fill(self, names: Mapping[FolderKey, Collection[str]]) -> None:
        self._fill_from_store(names)
        costly: list[tuple[FolderKey, str]] = list(self._pending_among(names))
        for folder, wanted in names.items():
            shelf = self._shelves[folder.text]
            if shelf.stored_id is None:
                self._found.update({(folder.text, name): shelf.files.get(name) for name in wanted})
                costly += [(folder, name) for name in wanted if not shelf.covers(name)]
        self._unsure.update((folder.text, name) for folder, name in costly)
        keys = [key for place in costly if (key := self._key(place)) is not None][:_HEAD_LIMIT]
        if keys:
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look") as pool:
                for key, existing in zip(keys, pool.map(self._head, keys), strict=True):
                    self._found[key.parent.text, key.name] = existing

    def _fill_from_store(self, names: Mapping[FolderKey, Collection[str]]) -> None:
        shelves = {self._shelves[folder.text].stored_id: folder for folder in names}
        wanted = {name for folder in shelves.values() for name in names[folder]}
        self._found.update({(folder.text, name): None for folder, among in names.items() for name in among})
        found = Entry.objects.filter(
            folder_id__in=[id_ for id_ in shelves if id_ is not None], kind=Entry.Kind.FILE, name__in=wanted
        )
        for folder_id, name, size, modified_at in found.values_list(
            "folder_id", "name", "size", "modified_at"
        ):
            if size is not None and modified_at is not None:
                self._found[shelves[folder_id].text, name] = Existing(size, modified_at)

    def _pending_among(self, names: Mapping[FolderKey, Collection[str]]) -> Iterator[tuple[FolderKey, str]]:
        """Names under which something may have arrived that the stored listing doesn't know yet, nor its folder, if it is new."""
        stored = {f"{folder.text}{name}": (folder, name) for folder, wanted in names.items()
                  if self._shelves[folder.text].is_believed for name in wanted}  # fmt: skip
        if not stored:
            return
        pending = PendingUpload.objects.filter(
            bucket_id=self._reach.bucket_id,
            folder_path__in={folder.text for folder, _ in stored.values()},
            key__in=stored,
            state=PendingUpload.State.SIGNED,
        )
        yield from (stored[key] for key in pending.values_list("key", flat=True).distinct())

    def _key(self, place: tuple[FolderKey, str]) -> Key | None:
        try:
            return self._reach.child(*place)
        except Malformed:
            return None

    def _head(self, key: Key) -> Existing | None:
        try:
            facts = objects.head(self._reach, key)
        except (ObjectMissing, S3AccessDenied):
            return None
        return Existing(facts.size, facts.modified_at)


def _stored_folders_among(names: Collection[str], folder_id: int) -> set[str]:
    if not names:
        return set()
    found = Entry.objects.filter(folder_id=folder_id, kind=Entry.Kind.FOLDER, name__in=names)
    return set(found.values_list("name", flat=True))


def _way(top: FolderKey, folder: FolderKey) -> Iterator[FolderKey]:
    """The folders from `folder` up to `top`."""
    yield folder
    if folder.text != top.text:
        yield from _way(top, folder.parent)


def _depth(folder: FolderKey) -> int:
    return folder.text.count("/")
