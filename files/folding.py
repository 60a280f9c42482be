"""One form for names that people take for the same, for order and search. Pure.

S3 keeps keys as bytes, so `é` may be one character or two (files that came from a Mac), and capitals are other letters
than small ones. Folded, `É`, `é` and `é` are equal; so are `ß` and `SS`, and `İ` and `i`, which a plain case-fold keeps
apart by a dot nobody types. Accents do count: `e` is not `é`.
"""

import re
from collections.abc import Sequence
from unicodedata import normalize

# An index row holds a name twice and may not exceed 2,700 bytes; folding can triple a name's bytes.
_INDEXED_BYTES = 1_500
_DOTS_ON_I = re.compile("i\u0307+")


def folded(text: str) -> str:
    """`text` as it is compared. Folding twice changes nothing more, and slashes stay where they are."""
    if text.isascii():
        return text.lower()
    # Canonical caseless matching (Unicode, section 3.13): taken apart first, because case-folding looks at single characters.
    apart = normalize("NFD", normalize("NFD", text).casefold())
    return normalize("NFC", _DOTS_ON_I.sub("i", apart))


def indexed(name: str) -> str:
    """`name` folded, and cut so that it always fits an index."""
    text = folded(name)
    return text if len(text) * 4 <= _INDEXED_BYTES else text.encode()[:_INDEXED_BYTES].decode(errors="ignore")


def all_indexed(names: Sequence[str]) -> list[str]:
    """What `indexed` makes of each of these names, at once where all are plain."""
    joined = "\x00".join(names)
    if (
        names
        and joined.isascii()
        and len(max(names, key=len)) * 4 <= _INDEXED_BYTES
        and joined.count("\x00") < len(names)
    ):
        return joined.lower().split("\x00")
    return [indexed(name) for name in names]
