"""What a file can be shown as: decided by its name, size and storage class, never by asking for its content."""

from dataclasses import dataclass
from enum import StrEnum

from files.entries import EntryView
from files.kinds import BYTES, extension_of, media_type_of, reads_as_text

TEXT_BYTES = 1024 * 1024
"""How much of a text is read: its first MiB."""
LARGEST_IMAGE = 100 * 1024 * 1024
"""Browsers hold an image unpacked in memory; beyond this size of file a tab may die of it."""
TABLE_ROWS = 1_000


class Kind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    PDF = "pdf"
    TEXT = "text"
    CODE = "code"
    MARKDOWN = "markdown"
    CSV = "csv"
    NONE = "none"


class Why(StrEnum):
    """Why there is no preview: no browser shows this type; it is too big for one; it is archived; it holds nothing."""

    TYPE = "type"
    SIZE = "size"
    ARCHIVED = "archived"
    EMPTY = "empty"


# Types that browsers show by themselves. What only some of them play is tried: the page says so when it fails.
_KINDS = {
    Kind.IMAGE: "apng avif bmp gif ico jfif jpeg jpg png svg webp",
    Kind.VIDEO: "3gp m4v mkv mov mp4 ogv webm",
    Kind.AUDIO: "aac flac m4a mp3 oga ogg opus wav weba",
    Kind.PDF: "pdf",
    Kind.CSV: "csv tsv",
    Kind.MARKDOWN: "markdown md",
}
_KIND_OF = {extension: kind for kind, extensions in _KINDS.items() for extension in extensions.split()}
_LANGUAGES = {
    "c": "c cc cpp cs go h hpp java js jsx kt less mjs php rs sass scala scss swift ts tsx css",
    "python": "py rb r pl jl",
    "shell": "bash bat conf env ini ps1 properties sh toml yaml yml zsh cfg",
    "markup": "htm html svelte vue xhtml xml kml gpx",
    "json": "geojson ipynb json jsonl ndjson",
    "sql": "sql lua",
}
_LANGUAGE_OF = {
    extension: name for name, extensions in _LANGUAGES.items() for extension in extensions.split()
}
_NAMES_OF_TEXTS = frozenset(
    ("authors", "changelog", "codeowners", "copying", "license", "procfile", "readme")
)
_NAMES_OF_CODE = {"dockerfile": "shell", "makefile": "shell", "gemfile": "python", "vagrantfile": "python"}


@dataclass(frozen=True, slots=True)
class Preview:
    """How to show a file. `why` is set when `kind` is NONE. `language` is the family a code viewer colours it by.

    `is_partial` says that of a long text only the first MiB is shown.
    """

    kind: Kind
    why: Why | None = None
    language: str = ""
    is_partial: bool = False


def preview_of(entry: EntryView) -> Preview:
    """What `entry`, a file, can be shown as."""
    size = entry.size or 0
    if entry.archived:
        return Preview(Kind.NONE, Why.ARCHIVED)
    kind, language = _kind_of(entry.name)
    if kind is Kind.NONE:
        return Preview(kind, Why.TYPE)
    if not size:
        return Preview(Kind.NONE, Why.EMPTY)
    if kind is Kind.IMAGE and size > LARGEST_IMAGE:
        return Preview(Kind.NONE, Why.SIZE)
    is_text = kind in (Kind.TEXT, Kind.CODE, Kind.MARKDOWN, Kind.CSV)
    return Preview(kind, language=language, is_partial=is_text and size > TEXT_BYTES)


def type_label(name: str) -> str:
    """The type of a file of this name, for people who know such words: its media type, or its extension."""
    if (media_type := media_type_of(name)) != BYTES:
        return media_type
    return f"{extension} file" if (extension := _spoken_extension(name)) else "Unknown"


def types_label(name: str) -> str:
    """Files of this type, as words in a sentence: “browsers can't show …”."""
    if (media_type := media_type_of(name)) != BYTES:
        return f"files of the type {media_type}"
    return f"{extension} files" if (extension := _spoken_extension(name)) else "files of an unknown type"


def _spoken_extension(name: str) -> str:
    """The extension in capitals; empty where what stands behind the last dot is no word: `a.`, `a. `, `No. 1, final`."""
    extension = extension_of(name)
    return extension.upper() if extension.isalnum() else ""


def _kind_of(name: str) -> tuple[Kind, str]:
    extension = extension_of(name)
    if not extension:
        return _kind_of_bare_name(name.lower())
    if kind := _KIND_OF.get(extension):
        return kind, ""
    if language := _LANGUAGE_OF.get(extension):
        return Kind.CODE, language
    return (Kind.TEXT, "") if reads_as_text(name) else (Kind.NONE, "")


def _kind_of_bare_name(name: str) -> tuple[Kind, str]:
    if name in _NAMES_OF_CODE:
        return Kind.CODE, _NAMES_OF_CODE[name]
    is_text = name in _NAMES_OF_TEXTS or name.startswith(".")
    return (Kind.TEXT, "") if is_text else (Kind.NONE, "")
