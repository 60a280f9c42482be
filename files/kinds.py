"""What a name says about a file: its group, its media type, and which names are thumbnails of which."""

import mimetypes
from collections.abc import Collection, Iterable
from functools import lru_cache

from files.models import Entry

Group = Entry.Group
THUMBNAIL_MARK = "t-"
BYTES = "application/octet-stream"

# Python's own table alone: what the machine's /etc/mime.types says must not decide how a link is served.
_TYPES = mimetypes.MimeTypes(filenames=())
_MORE_TYPES = {
    "avif": "image/avif", "heic": "image/heic", "heif": "image/heif", "webp": "image/webp", "jxl": "image/jxl",
    "m4v": "video/mp4", "mkv": "video/x-matroska", "ogv": "video/ogg", "webm": "video/webm",
    "aac": "audio/aac", "flac": "audio/flac", "m4a": "audio/mp4", "oga": "audio/ogg", "ogg": "audio/ogg",
    "opus": "audio/ogg", "weba": "audio/webm", "wav": "audio/wav",
    "csv": "text/csv", "md": "text/markdown", "ndjson": "application/x-ndjson", "tsv": "text/tab-separated-values",
    "7z": "application/x-7z-compressed", "gz": "application/gzip", "rar": "application/vnd.rar", "zst": "application/zstd",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet", "sqlite": "application/vnd.sqlite3",
    "eot": "application/vnd.ms-fontobject", "otf": "font/otf", "ttf": "font/ttf", "woff": "font/woff", "woff2": "font/woff2",
}  # fmt: skip
_GROUPS = {
    Group.IMAGE: "avif bmp gif heic heif ico jfif jpeg jpg jxl png psd raw svg tif tiff webp cr2 nef arw dng eps ai",
    Group.VIDEO: "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv webm wmv",
    Group.AUDIO: "aac aif aiff amr flac m4a mid midi mp3 oga ogg opus wav weba wma",
    Group.DOCUMENT: "doc docx epub indd key mobi numbers odp ods odt pages pdf ppt pptx rtf xls xlsm xlsx",
    Group.DATA: "avro csv db dbf feather geojson gpx h5 json jsonl kml ndjson orc parquet sqlite tsv xml yaml yml toml",
    Group.TEXT: (
        "bash bat c cfg cc conf cpp cs css diff env go h hpp htm html ini ipynb java js jsx kt less log lua m markdown "
        "md mjs patch php pl properties ps1 py r rb rs rst sass scala scss sh sql srt svelte swift tex tf ts tsx txt "
        "vtt vue xhtml zsh"
    ),
    Group.ARCHIVE: "7z apk bz2 deb dmg gz iso jar lz4 rar rpm tar tbz2 tgz txz war xz zip zst",
}
_GROUP_OF = {extension: group for group, extensions in _GROUPS.items() for extension in extensions.split()}
_VALUE_OF = {extension: group.value for extension, group in _GROUP_OF.items()}
_OTHER = Group.OTHER.value
_MORE_ACTIVE = frozenset({"hta", "htc", "mht", "mhtml", "svgz", "swf", "xht", "xsl", "xslt"})
_READ_AS_TEXT = frozenset(
    f"{_GROUPS[Group.TEXT]} csv geojson gpx json jsonl kml ndjson svg toml tsv xml yaml yml".split()
)


def extension_of(name: str) -> str:
    """The part after the last dot, in lower case; empty when there is none or the name only starts with a dot."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""


def group_of(name: str) -> Entry.Group:
    """The type group that `name`'s extension puts a file in; OTHER when it says nothing."""
    return _GROUP_OF.get(extension_of(name), Group.OTHER)


def groups_of(names: Iterable[str]) -> list[str]:
    """The values of `group_of` for each of these names."""
    split = (name.rpartition(".") for name in names)
    return [_VALUE_OF.get(ending.lower(), _OTHER) if stem else _OTHER for stem, _, ending in split]


def media_type_of(name: str) -> str:
    """The media type that `name`'s extension stands for, `application/octet-stream` when it is unknown."""
    return _type_of(extension_of(name))


@lru_cache(maxsize=1024)
def _type_of(extension: str) -> str:
    return _MORE_TYPES.get(extension) or _TYPES.types_map[True].get(f".{extension}") or BYTES


def reads_as_text(name: str) -> bool:
    """Whether a file of this name can be shown as plain text."""
    return extension_of(name) in _READ_AS_TEXT


def safe_inline_type(name: str) -> str | None:
    """The media type under which a browser may show the file itself; None when it could run script or can't show it.

    A list of what is let through, not of what is kept out: SVG, HTML, XML and whatever is invented next stay out.
    """
    return _shown_as(media_type_of(name))


@lru_cache(maxsize=1024)
def _shown_as(media_type: str) -> str | None:
    if media_type == "application/pdf":
        return media_type
    if media_type.startswith(("image/", "video/", "audio/")) and not media_type.endswith("+xml"):
        return media_type
    return None


def is_active(name: str) -> bool:
    """Whether a file of this name could run script when a browser opens it by itself."""
    media_type = media_type_of(name)
    return media_type.endswith(("+xml", "/xml", "/html", "script")) or extension_of(name) in _MORE_ACTIVE


def thumbnail_of(name: str) -> str:
    """The name a thumbnail of `name` has, beside it."""
    return THUMBNAIL_MARK + name


def source_of(name: str) -> str | None:
    """The name of the file that `name` would be the thumbnail of; None when `name` can't be one."""
    return name[len(THUMBNAIL_MARK) :] or None if name.startswith(THUMBNAIL_MARK) else None


def is_thumbnail(name: str, *, beside: Collection[str]) -> bool:
    """Whether `name` is a thumbnail: its source stands beside it. A `t-` name alone is a file like any other."""
    source = source_of(name)
    return source is not None and source in beside
