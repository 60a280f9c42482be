"""Hits as lines of JSON, written once, where they are found: whoever passes them on needn't read them."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from buckets.paths import lies_below, why_unreachable
from search.hits import FILE, Hit

# `dumps` would make a new encoder for each line.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Which hit it is stands before this. Within a name the quotation mark would be escaped.
_ABOUT_IT = ',"file_size":'
_ODD_FOLDER = "It lies in a folder whose name can't be used here."


def lines_of(hits: Sequence[Hit], *, root: str, for_page: bool = False) -> Iterator[str]:
    """An object each. Programs are told no name that they couldn't send back; a page is, and why nothing can be done there."""
    folder, is_sound = "\0", False
    for hit in hits:
        if hit.folder != folder:
            folder, is_sound = hit.folder, _is_sound(hit.folder, root)
        if for_page:
            shown = _for_page(hit, root, is_sound=is_sound)
        elif is_sound and why_unreachable(hit.name) is None:
            shown = item_of(hit, root=root)
        else:
            continue
        yield _encode(shown)


def identity_of(line: str) -> str:
    """The beginning of a line, equal for all lines of the same hit, whatever its size and date were when it was found."""
    return line.partition(_ABOUT_IT)[0]


def item_of(hit: Hit, *, root: str) -> dict[str, object]:
    """A hit as programs see it. `prefix` is relative to `root`, `full_path` is the full key."""
    return {
        "resource_name": hit.name,
        "prefix": hit.folder[len(root) :],
        "full_path": hit.key,
        "type": "file" if hit.kind == FILE else "folder",
        "file_size": hit.size,
        "uploaded_at": _iso(hit.modified_at),
    }


def page_item(hit: Hit, *, root: str) -> dict[str, object]:
    """A hit as our own pages see it: `unreachable` says why nothing can be done with it, empty where something can. Of one
    that `is_stray` no page may address the folder either."""
    return _for_page(hit, root, is_sound=_is_sound(hit.folder, root))


def _for_page(hit: Hit, root: str, *, is_sound: bool) -> dict[str, object]:
    item = item_of(hit, root=root)
    # No page holds what lies above a person's root.
    del item["full_path"]
    return {
        **item,
        "storage_class": hit.storage_class,
        "group": hit.group,
        "unreachable": why_unreachable(hit.name) or ("" if is_sound else _ODD_FOLDER),
        "is_stray": not is_sound,
    }


def _is_sound(folder: str, root: str) -> bool:
    return not folder or lies_below(folder, root)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
