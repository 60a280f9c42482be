"""Links a browser may use by itself: to read one object, or to write exactly one. Made here, without asking S3."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal

from buckets.paths import Key, Reach
from buckets.s3.address import Escaped, address_of, escaped
from buckets.s3.clients import signer_of

Disposition = Literal["inline", "attachment"]

# What a browser would run or render as a document of its own; such a file is only ever offered for saving.
_ACTIVE_ENDS = (
    "/html",
    "/xml",
    "+xml",
    "/xhtml",
    "javascript",
    "ecmascript",
    "/x-shockwave-flash",
    "/x-mimearchive",
)
_NO_TYPE = "application/octet-stream"
_DISPOSITIONS: dict[Disposition, str] = {
    "inline": escaped("inline; filename*=UTF-8''"),
    "attachment": escaped("attachment; filename*=UTF-8''"),
}


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """Where to PUT one file, and the headers the browser must send with it; any other request is refused by S3.

    The length is signed too: the browser sends it by itself.
    """

    url: str = field(repr=False)
    headers: dict[str, str]


def presign_get(
    reach: Reach, key: Key, *, expires: int, disposition: Disposition, content_type: str, now: datetime
) -> str:
    """A link that reads the object for `expires` seconds from `now`, whatever type is stored with it.

    A blank `content_type` makes it a file to save. Active types (SVG, HTML, XML, scripts) are always attachments: as
    images they still show. Raises BadCredentials when the stored key doesn't open, OutOfBounds for a key of another reach.
    """
    reach.path_of(key)
    kind = content_type.strip() or _NO_TYPE
    shown: Disposition = "attachment" if _is_active(kind) or kind == _NO_TYPE else disposition
    # The name is escaped for the header, and the header for the query.
    name = escaped(key.name).replace("%", "%25")
    connection = reach.connection
    return signer_of(connection).presign(
        "GET",
        address_of(connection, for_browsers=True),
        key=key.text,
        expires=expires,
        now=now,
        parameters={
            "response-content-type": kind,
            "response-content-disposition": Escaped(_DISPOSITIONS[shown] + name),
        },
    )


def presign_put(
    reach: Reach,
    key: Key,
    *,
    size: int,
    content_type: str,
    create_only: bool,
    expires: int = 300,
    now: datetime,
) -> SignedUpload:
    """A link that writes the object once or again within `expires` seconds: this key, type and `size` in bytes only.

    With `create_only` S3 refuses (412) when the key exists. Raises BadCredentials when the stored key doesn't open, OutOfBounds for a key of another reach.
    """
    reach.path_of(key)
    sent = {"Content-Type": content_type, "Content-Disposition": "inline"}
    signed = {"content-type": content_type, "content-disposition": "inline", "content-length": str(size)}
    if create_only:
        sent["If-None-Match"] = signed["if-none-match"] = "*"
    connection = reach.connection
    url = signer_of(connection).presign(
        "PUT",
        address_of(connection, for_browsers=True),
        key=key.text,
        expires=expires,
        now=now,
        headers=signed,
    )
    return SignedUpload(url, sent)


@lru_cache(maxsize=256)
def _is_active(content_type: str) -> bool:
    bare = content_type.partition(";")[0].strip().lower()
    return bare.endswith(_ACTIVE_ENDS)
