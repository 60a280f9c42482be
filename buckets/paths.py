"""Confinement: the one place that turns a person's path into a key.

A `Reach` is the only way to a file. Everything that touches S3, a listing or a link takes a `Key` or a `FolderKey`, and
only a `Reach` can make one, so a check that is forgotten is a type error and not a hole. Pure Python.

Three answers to a path: a key inside the root, `OutOfBounds` (it escapes: an attack when it comes in a signed request),
or `Malformed` (it is odd: refused with the reason). Browsers, proxies and CDNs collapse `..`, `%2e%2e`, `.<TAB>.` and
`..\\` while S3 keeps them as they are; a name that different readers read differently is therefore never accepted.
"""

import re
from collections.abc import Iterator
from dataclasses import InitVar, dataclass
from urllib.parse import unquote
from uuid import UUID

from buckets.connection import Connection

KEY_BYTES = 1024
"""The longest key S3 stores, in bytes of UTF-8 (AWS user guide, "Naming Amazon S3 objects")."""

PATH_TOO_LONG = f"This name is too long: a path may have {KEY_BYTES} bytes in all."

# Reading a path costs length x readings. Nothing near this length can be a key, and nobody escapes a name this often.
_LONGEST_READ = 4 * KEY_BYTES
_MOST_READINGS = 32
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What URL parsers do without a word (WHATWG URL): drop tabs and newlines, trim what stands at the ends, take `\` for `/`
# and `%2e` for a dot.
_DROPPED_BY_BROWSERS = re.compile("[\t\n\r]")
_TRIMMED_BY_BROWSERS = "".join(map(chr, range(0x21)))
_DOT_TO_BROWSERS = re.compile("%2e", re.IGNORECASE)
# Nothing to undo, to drop, to trim or to turn: everybody reads it as it is. Nearly every path is such a one.
_READ_ALIKE = re.compile(r"[^\x00-\x20%\\](?:[^\x00-\x1f%\\]*[^\x00-\x20%\\])?")
MAY_BE_UNREACHABLE = (
    r"[\u0001-\u001f\u007f-\u009f\u2028\u2029\\]|%(2[ef5]|5c|0[9ad])|^[. ]*(%[0-9a-f]{2}[. ]*)*$"
)
"""Every name that `why_unreachable` finds fault with matches this, whatever the case of its letters, and few others do:
a database reads the expression as Python does, and can look where it pays to ask."""
_MAKER = object()


class OutOfBounds(Exception):
    """The path leads outside the reach. `path` is what was asked for."""

    def __init__(self, path: str) -> None:
        super().__init__("This path is outside the folder you may use.")
        self.path = path


class Malformed(Exception):
    """The path is no name we accept. `field` names the input, `reason` is a sentence for the person."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done inside a reach. Whoever has a place in a bucket may read; what acts for them, perhaps not."""

    upload: bool = True
    overwrite: bool = True
    delete: bool = False
    read: bool = True


@dataclass(frozen=True, slots=True)
class _Confined:
    text: str
    bucket_id: UUID
    root: str
    maker: InitVar[object]

    def __post_init__(self, maker: object) -> None:
        if maker is not _MAKER:
            raise TypeError("Only a Reach makes keys.")

    @property
    def name(self) -> str:
        """The last segment: a file's or folder's own name; empty for a bucket's root."""
        return self.text.rstrip("/").rpartition("/")[2]

    @property
    def parent(self) -> "FolderKey":
        """The folder that holds this one. The reach's root is its own parent: nothing leads above it."""
        if len(self.text) <= len(self.root):
            return FolderKey(self.root, self.bucket_id, self.root, _MAKER)
        stem = self.text.rstrip("/").rpartition("/")[0]
        return FolderKey(f"{stem}/" if stem else "", self.bucket_id, self.root, _MAKER)

    @property
    def ancestors(self) -> Iterator["FolderKey"]:
        """Every folder above this one up to and including the reach's root, nearest first."""
        here: _Confined = self
        while len(here.text) > len(self.root):
            here = here.parent
            yield here


@dataclass(frozen=True, slots=True)
class Key(_Confined):
    """The full S3 key of a file inside a reach."""


@dataclass(frozen=True, slots=True)
class FolderKey(_Confined):
    """The full S3 prefix of a folder inside a reach: empty, or ending in a slash."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where one person may go in one bucket, and with which rights.

    `root` is canonical: empty (the whole bucket) or ending in one slash. `size_limit` is in bytes, for one upload.
    `allowed_types` are media types such as `image/png` or `image/*`; empty means any. `cdn_base` is the CloudFront base
    URL without a trailing slash, empty for a private bucket. `has_thumbnails` says that `t-` pictures are to be shown.
    """

    connection: Connection
    bucket_code: str
    bucket_title: str
    root: str
    rights: Rights
    size_limit: int
    cdn_base: str = ""
    allowed_types: tuple[str, ...] = ()
    has_thumbnails: bool = True
    bucket_description: str = ""

    def __post_init__(self) -> None:
        if self.root != canonical_root(self.root):
            raise ValueError(
                f"The root {self.root!r} is not canonical: segments, each followed by one slash."
            )

    @property
    def bucket_id(self) -> UUID:
        return self.connection.bucket_id

    def folder(self, path: str, *, field: str = "path") -> FolderKey:
        """The folder at `path`, relative to the root; `""` is the root, a trailing slash is optional.

        Raises OutOfBounds or Malformed.
        """
        checked = _check_path(path.removesuffix("/"), field) if path else ""
        return self._folder(f"{checked}/" if checked else "", field)

    def file(self, path: str, *, field: str = "path") -> Key:
        """The file at `path`, relative to the root. Raises OutOfBounds or Malformed."""
        return self._key(_check_path(path, field), field)

    def child(self, folder: FolderKey, name: str, *, field: str = "filename") -> Key:
        """The file `name` directly inside `folder`. Raises Malformed; a name is one segment and can't escape."""
        return self._key(self.path_of(folder) + _check_name(name, field), field)

    def subfolder(self, folder: FolderKey, name: str, *, field: str = "name") -> FolderKey:
        """The folder `name` directly inside `folder`. Raises Malformed."""
        return self._folder(f"{self.path_of(folder)}{_check_name(name, field)}/", field)

    def own_key(self, full_key: str, *, field: str = "key") -> Key:
        """The file with the full S3 key `full_key`. Raises OutOfBounds when it is not below the root, or Malformed."""
        _refuse_escapes(full_key, field)
        if not full_key.startswith(self.root):
            raise OutOfBounds(full_key)
        return self.file(full_key[len(self.root) :], field=field)

    def path_of(self, key: "_Confined | str") -> str:
        """What the person sees of `key`: relative to the root. Raises OutOfBounds for a key of another reach."""
        text = key if isinstance(key, str) else key.text
        if not isinstance(key, str) and key.bucket_id != self.bucket_id:
            raise OutOfBounds(text)
        if not text.startswith(self.root):
            raise OutOfBounds(text)
        return text[len(self.root) :]

    def _key(self, relative: str, field: str) -> Key:
        return Key(_fitting(self.root + relative, field), self.bucket_id, self.root, _MAKER)

    def _folder(self, relative: str, field: str) -> FolderKey:
        return FolderKey(_fitting(self.root + relative, field), self.bucket_id, self.root, _MAKER)


def canonical_root(text: str, *, field: str = "root_path") -> str:
    """`text` as roots are stored: `""` for the whole bucket, else segments each followed by one slash.

    Surrounding slashes and spaces are forgiven here because an administrator types roots by hand. Raises Malformed.
    """
    trimmed = text.strip(" /")
    if not trimmed:
        return ""
    try:
        return _fitting(f"{_check_path(trimmed, field)}/", field)
    except OutOfBounds:
        raise Malformed(field, "A root path can't contain “.” or “..” as a folder.") from None


def lies_below(full_key: str, root: str) -> bool:
    """Whether `full_key` is a sound key inside `root`, which is canonical; nothing that any reader takes for a climb."""
    try:
        _check_path(full_key.removesuffix("/"), "key")
    except (OutOfBounds, Malformed):
        return False
    return full_key.startswith(root)


def why_unreachable(name: str) -> str | None:
    """Why an existing S3 name (one segment, no slash) is listed but can't be opened; None when it can."""
    try:
        _check_name(name, "name")
    except Malformed as problem:
        return problem.reason
    return None


def _check_path(path: str, field: str) -> str:
    _refuse_escapes(path, field)
    for segment in path.split("/"):
        _check_name(segment, field)
    return path


def _check_name(name: str, field: str) -> str:
    if not name:
        raise Malformed(field, "A name can't be empty, and slashes can't follow each other.")
    if "/" in name:
        raise Malformed(field, "A name can't contain a slash.")
    if _CONTROL.search(name):
        raise Malformed(field, "A name can't contain control characters.")
    if any(part in (".", "..") for reading in _readings(name, field) for part in reading.split("/")):
        raise Malformed(field, "A name can't be “.” or “..”, in any spelling.")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise Malformed(field, "A name must be valid Unicode text.") from None
    return name


def _refuse_escapes(path: str, field: str) -> None:
    """Raises OutOfBounds when any reader of `path` would end above the place where it starts, Malformed when absurdly long."""
    if len(path) > _LONGEST_READ:
        raise Malformed(field, f"This path is too long: {KEY_BYTES} bytes are the limit.")
    for reading in _readings(path, field):
        depth = 0
        for segment in reading.split("/"):
            depth += -1 if segment == ".." else 0 if segment in ("", ".") else 1
            if depth < 0:
                raise OutOfBounds(path)


def _readings(text: str, field: str) -> Iterator[str]:
    """`text` as everybody on its way may see it: browsers clean it up, proxies in a row each undo one layer of escapes.

    The plain reading comes first. All are needed: `a%2fb/../../x` escapes only for who does not undo the escape.
    """
    if _READ_ALIKE.fullmatch(text):
        yield text
        return
    seen = [text]
    for reading in seen:
        if len(seen) > _MOST_READINGS:
            raise Malformed(field, "A name can't be percent-encoded this many times over.")
        yield reading
        seen += {unquote(reading), _as_browsers_read(reading)}.difference(seen)


def _as_browsers_read(text: str) -> str:
    dropped = _DROPPED_BY_BROWSERS.sub("", text.strip(_TRIMMED_BY_BROWSERS))
    return _DOT_TO_BROWSERS.sub(".", dropped).replace("\\", "/")


def _fitting(key: str, field: str) -> str:
    if len(key.encode()) > KEY_BYTES:
        raise Malformed(field, PATH_TOO_LONG)
    return key
