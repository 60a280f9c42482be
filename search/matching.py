"""What a person looks for, and what matches it: one definition, for the index and for what is being listed. Pure.

A file or folder matches when what was typed occurs in its path, seen from the person's root with a slash in front
(`/harbour/plan.pdf`, a folder with one behind: `/harbour/drafts/`), and ends within its own name. So `plan` finds by
name, `bour/pl` across folder and name, `/plan` names that begin so, `drafts/` folders that end so; and what lies in a
folder is no hit because of its folder's name alone. `%`, `_`, `*` mean themselves. Case does not count, nor how a letter
with an accent is written (`files.folding`).

Words with spaces between are looked for each by itself: `hour golden` finds `Golden-Hour.jpg`, for its name holds both. Where
a slash is typed too, or no word has three characters (`1 - 2`), spaces mean themselves.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from unicodedata import normalize

from buckets.paths import Malformed
from files.folding import folded, indexed

FEWEST, MOST = 3, 1000
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. `text` is as it was typed, `needle` is folded.

    `ending` is what the folder's path, with its slashes, must end in; None when only the name counts. `name` is what the name
    must begin with where there is an `ending`, else hold. A needle that ends in a slash means folders alone: their names
    must be, or else end in, `name`. The `others` are further words that the name must hold.
    """

    text: str
    needle: str
    ending: str | None
    name: str
    others: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All that the name must hold, the longest first."""
        return self.name, *self.others

    @property
    def means_folders(self) -> bool:
        """Whether only folders can match: the needle ends in a slash."""
        return self.needle.endswith("/")

    def hits_file(self, folder: str, name: str) -> bool:
        """Whether the file `name` in `folder` (relative to the root: empty, or ending in a slash) matches."""
        return not self.means_folders and self._hits(folder, name)

    def hits_folder(self, folder: str, name: str) -> bool:
        """Whether the folder `name` in `folder` matches."""
        return self._hits(folder, name)

    def _hits(self, folder: str, name: str) -> bool:
        name = indexed(name)
        if self.ending is None:
            if self.means_folders:
                return name.endswith(self.name)
            return self.name in name and all(word in name for word in self.others)
        if not (name == self.name if self.means_folders else name.startswith(self.name)):
            return False
        return f"/{folded(folder)}".endswith(self.ending)


def parse(text: str, *, field: str = "q") -> Query:
    """What somebody who typed `text` looks for; spaces around it don't count. Raises Malformed."""
    if len(text) > MOST:
        raise Malformed(field, f"This is too long to look for: {MOST} characters are the limit.")
    typed = text.strip()
    if _CONTROL.search(typed) or not _is_unicode(typed):
        raise Malformed(field, "Control characters can't be looked for.")
    needle = folded(typed)
    if min(len(normalize("NFC", typed)), len(needle)) < FEWEST:
        raise Malformed(field, f"Type at least {FEWEST} characters.")
    if "/" not in needle:
        name, *others = _words_of(needle)
        return Query(typed, needle, None, name, tuple(others))
    above, slash, name = needle.removesuffix("/").rpartition("/")
    return Query(typed, needle, f"{above}/" if slash else None, name)


def _words_of(needle: str) -> list[str]:
    """The words of a needle, the longest first, without those that another one holds."""
    words: list[str] = []
    for word in sorted(needle.split(" "), key=len, reverse=True):
        if not any(word in longer for longer in words):
            words.append(word)
    return words if len(words[0]) >= FEWEST else [needle]


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Filters:
    """What hits must be besides. Sizes in bytes, both ends included; times too. Empty sets and None ask nothing.

    Folders have no group, size, time or class: any filter leaves them out, but `groups` that names `folder`.
    """

    groups: frozenset[str] = field(default_factory=frozenset)
    smallest: int | None = None
    biggest: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    storage_classes: frozenset[str] = field(default_factory=frozenset)

    @property
    def let_folders_in(self) -> bool:
        """Whether folders may be hits."""
        return (not self.groups or FOLDERS in self.groups) and not self._ask_of_files

    @property
    def _ask_of_files(self) -> bool:
        bounds = (self.smallest, self.biggest, self.since, self.until)
        return bool(self.storage_classes) or any(bound is not None for bound in bounds)

    def let_file_in(self, *, group: str, size: int, modified_at: datetime, storage_class: str) -> bool:
        """Whether a file with these may be a hit."""
        return (
            (not self.groups or group in self.groups)
            and (not self.storage_classes or storage_class in self.storage_classes)
            and (self.smallest is None or size >= self.smallest)
            and (self.biggest is None or size <= self.biggest)
            and (self.since is None or modified_at >= self.since)
            and (self.until is None or modified_at <= self.until)
        )


FOLDERS = "folder"
NO_FILTERS = Filters()
