"""One call's files on their way from wanted to planned, asked about, refused or skipped."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from buckets.paths import KEY_BYTES, FolderKey, Key, Malformed, Reach
from files.existence import Lookup
from files.kinds import source_of, thumbnail_of
from files.naming import free_name
from files.wanted import CannotUpload, Conflict, OnConflict, Refused, Wanted, check_size, checked_type

_NO_OVERWRITING = "You may not overwrite files here: keep both, or skip it."


@dataclass(frozen=True, slots=True)
class Planned:
    """A wanted file whose name, size and type are fine, and the key it would have."""

    wanted: Wanted
    folder: FolderKey
    key: Key
    content_type: str
    overwrites: bool = False


@dataclass(slots=True)
class Batch:
    """The files of one call: `check` them, then `decide`; what became of them stands in the lists."""

    reach: Reach
    folder: FolderKey
    lookup: Lookup
    planned: list[Planned] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    forbidden: list[Planned] = field(default_factory=list)
    """Those refused because the person may not overwrite."""
    checked: list[Planned] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    """Sizes by key of what this batch uploads so far."""

    def check(self, wanted: Sequence[Wanted]) -> None:
        """Refuses what is wrong in itself, then asks at once about every name that matters."""
        folders: dict[str, FolderKey] = {"": self.folder}
        for one in wanted:
            try:
                check_size(one.size, limit=self.reach.size_limit)
                content_type = checked_type(one.content_type, allowed=self.reach.allowed_types)
                folder, key = self._placed(one.name, folders)
            except Malformed as problem:
                self._refuse(one, CannotUpload(problem.field, problem.reason, "INVALID"))
            except CannotUpload as no:
                self._refuse(one, no)
            else:
                self.checked.append(Planned(one, folder, key, content_type))
        names: dict[FolderKey, set[str]] = defaultdict(set)
        for planned in self.checked:
            name = planned.key.name
            names[planned.folder] |= {name, thumbnail_of(name), source_of(name) or name}
        if names:
            self.lookup.ask(names, below=self.folder)

    def _placed(self, name: str, folders: dict[str, FolderKey]) -> tuple[FolderKey, Key]:
        """The folder and key for `name`, which may hold sub-folders; each segment is checked on its own."""
        way, _, last = name.rpartition("/")
        if way not in folders:
            folder = self.folder
            for segment in way.split("/"):
                folder = self.reach.subfolder(folder, segment, field="filename")
            folders[way] = folder
        elif name.startswith("/"):
            raise Malformed("filename", "A name can't begin with a slash.")
        return folders[way], self.reach.child(folders[way], last)

    def decide(self) -> None:
        """Settles for each checked file whether it is planned, asked about, refused or skipped."""
        wanted_keys = {planned.key.text for planned in self.checked}
        self._ask_about_next_names()
        for planned in self.checked:
            try:
                decided = self._decided(planned, wanted_keys)
            except CannotUpload as no:
                self._refuse(planned.wanted, no)
                continue
            if decided is not None:
                self.taken[decided.key.text] = decided.wanted.size
                self.planned.append(decided)

    def refuse_uncertain(self) -> None:
        """Refuses planned files whose names may be taken after all, where overwriting isn't this person's right: for files
        that S3 itself won't refuse. Asks S3 about each that the listing doesn't tell of. Raises S3Error."""
        if self.reach.rights.overwrite:
            return
        unsure = [
            planned
            for planned in self.planned
            if planned.wanted.on_conflict is OnConflict.OVERWRITE
            and not self.lookup.lacks(planned.folder, planned.key.name)
        ]
        for planned, is_there in zip(unsure, self.lookup.heads([its.key for its in unsure]), strict=True):
            if is_there:
                self.forbidden.append(planned)
                self._refuse(planned.wanted, CannotUpload("filename", _NO_OVERWRITING, "NOT_ALLOWED"))

    def _ask_about_next_names(self) -> None:
        """Where names are taken, the first ones beside them will be wanted: asking for all at once is cheap."""
        names: dict[FolderKey, set[str]] = defaultdict(set)
        for planned in self.checked:
            if self.lookup.find(planned.folder, planned.key.name):
                beside = free_name(planned.key.name, room=_room(planned.folder), is_taken=lambda _: False)
                names[planned.folder] |= {beside, thumbnail_of(beside), source_of(beside) or beside}
        self.lookup.ask_more(names)

    def _decided(self, planned: Planned, wanted_keys: set[str]) -> Planned | None:
        folder, name = planned.folder, planned.key.name
        source = source_of(name)
        if source and (self._is_taken(folder, source) or f"{folder.text}{source}" in wanted_keys):
            raise CannotUpload(
                "filename", f"“{name}” is kept for the thumbnail of “{source}”.", "RESERVED_NAME"
            )
        existing = self.lookup.find(folder, name)
        if existing is None and planned.key.text not in self.taken:
            if self.lookup.find(folder, thumbnail_of(name)):
                beside = thumbnail_of(name)
                raise CannotUpload(
                    "filename",
                    f"“{beside}” would be taken for this file's thumbnail. Rename one.",
                    "RESERVED_NAME",
                )
            return planned
        match planned.wanted.on_conflict:
            case OnConflict.SKIP:
                self.skipped.append(planned.wanted.client_id)
                return None
            case OnConflict.KEEP_BOTH:
                return replace(planned, key=self._beside(planned, wanted_keys))
            case OnConflict.OVERWRITE:
                return self._overwriting(planned)
        self._ask(planned, wanted_keys)
        return None

    def _overwriting(self, planned: Planned) -> Planned:
        if planned.key.text in self.taken:
            raise CannotUpload(
                "filename", "Two files of this upload have this name: keep both, or skip one.", "INVALID"
            )
        if not self.reach.rights.overwrite:
            self.forbidden.append(planned)
            raise CannotUpload("filename", _NO_OVERWRITING, "NOT_ALLOWED")
        return replace(planned, overwrites=True)

    def _beside(self, planned: Planned, wanted_keys: set[str]) -> Key:
        """The key of the first free name beside one that is taken."""
        folder = planned.folder

        def is_taken(name: str) -> bool:
            source = source_of(name)
            return (
                f"{folder.text}{name}" in wanted_keys
                or self._is_taken(folder, name)
                or self._is_taken(folder, thumbnail_of(name))
                or (source is not None and self._is_taken(folder, source))
            )

        try:
            free = free_name(planned.key.name, room=_room(folder), is_taken=is_taken)
            return self.reach.child(folder, free)
        except Malformed as problem:
            raise CannotUpload(problem.field, problem.reason, "INVALID") from None

    def _is_taken(self, folder: FolderKey, name: str) -> bool:
        return f"{folder.text}{name}" in self.taken or self.lookup.find(folder, name) is not None

    def _ask(self, planned: Planned, wanted_keys: set[str]) -> None:
        existing = self.lookup.find(planned.folder, planned.key.name)
        in_batch = planned.key.text in self.taken
        self.conflicts.append(
            Conflict(
                client_id=planned.wanted.client_id,
                name=planned.wanted.name,
                size=self.taken[planned.key.text] if in_batch else existing.size if existing else None,
                modified_at=existing.modified_at if existing and not in_batch else None,
                in_batch=in_batch,
                may_overwrite=self.reach.rights.overwrite and not in_batch,
                keep_both_name=self._beside(planned, wanted_keys).name,
            )
        )

    def _refuse(self, wanted: Wanted, no: CannotUpload) -> None:
        self.refused.append(Refused(wanted.client_id, wanted.name, no.field, no.reason, no.code))


def _room(folder: FolderKey) -> int:
    """How many bytes a name in `folder` may have."""
    return KEY_BYTES - len(folder.text.encode())
