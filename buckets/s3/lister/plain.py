"""Looking through a page of a listing as it came: which of its rows may be asked for, without reading the others. Pure.

It is safe only where names are written plainly; of every other page it says that all rows must be read, so no key is lost.
"""

import re
from collections.abc import Sequence

KEY = re.compile(rb"<Contents><Key>([^<&]+)</Key>")
ENTRY_END = b"</Contents>"
_PLAIN = re.compile(r"[a-z0-9._-]+")
_FEW_ROWS = 200
# A letter beyond ASCII may fold to one within (the Kelvin sign to k), bytes that are no text are shown as one, and a store may
# escape what it needn't.
_MAY_BE_PLAIN = re.compile(rb"%(?:[89a-f]|2[de]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5f)")


def entries_with(needles: Sequence[str], body: bytes) -> list[tuple[bytes, bytes]] | None:
    """The entries of a page whose keys may hold all `needles`, which are case-folded, each with its key as it is written; None
    where all rows must be read, or that is less work."""
    folded = body.lower()
    if not _is_plain(folded):
        return None
    if not all(needle.isascii() for needle in needles):
        return []
    parts = [part.encode() for needle in needles for part in _PLAIN.findall(needle)]
    return _cut_out(parts, body, folded) if parts else None


def _cut_out(parts: Sequence[bytes], body: bytes, folded: bytes) -> list[tuple[bytes, bytes]] | None:
    counts = [folded.count(part) for part in parts]
    fewest = min(counts)
    if fewest > _FEW_ROWS:
        return None
    rarest = parts[counts.index(fewest)]
    found = []
    at = folded.find(rarest) if fewest else -1
    while at >= 0:
        start, end = body.rfind(b"<Contents>", 0, at), body.find(ENTRY_END, at) + len(ENTRY_END)
        key = KEY.match(body, start) if start >= 0 else None
        if start >= 0 and (key is None or body.find(ENTRY_END, start, at) >= 0):
            return None  # this row begins otherwise than the first and the last
        if key and at < key.end(1):
            if all(folded.find(part, *key.span(1)) >= 0 for part in parts):
                found.append((key[1], body[start:end]))
            at = folded.find(rarest, end)
        else:
            at = folded.find(rarest, at + 1)
    return found


def _is_plain(folded: bytes) -> bool:
    """Whether letters, digits and `-._` stand in the keys of a page as themselves, and no others can fold to them: without
    comments and CDATA, instructions behind the declaration, numbers of letters, and escapes of what needs none."""
    return (
        folded.isascii()
        and b"!" not in folded
        and folded.find(b"?", folded.find(b">")) < 0
        and not _has_references(folded)
        and not (b"%" in folded and _MAY_BE_PLAIN.search(folded))
    )


def _has_references(body: bytes) -> bool:
    """Whether a letter may be written by its number; the quotes of ETags may. Those with names stand for no letter."""
    return b"#" in body and body.count(b"&#") > body.count(b"&#34;")
