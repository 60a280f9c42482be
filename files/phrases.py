"""How files are counted and named in sentences."""

import re
from collections.abc import Sequence

# Control characters, those that turn a name's letters around, and halves of characters.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def shown_name(name: str) -> str:
    """A name as people may see it, with what can't be seen made visible: an `exe` can't pass for a `png`."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", name) or "(no name)"


def counted(count: int, noun: str) -> str:
    """`count` with its noun: `1 file`, `1,204 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def name_of(path: str) -> str:
    """The last segment of `path`, a folder's too."""
    return path.removesuffix("/").rpartition("/")[2]


def said_of(paths: Sequence[str]) -> str:
    """What `paths` are in a sentence: the name of a single one, else how many files and folders."""
    if len(paths) == 1:
        return f"“{shown_name(name_of(paths[0]))}”"
    folders = sum(path.endswith("/") for path in paths)
    files = len(paths) - folders
    return " and ".join(
        counted(count, noun) for count, noun in ((folders, "folder"), (files, "file")) if count
    )
