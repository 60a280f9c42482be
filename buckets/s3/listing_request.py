"""The request for one page of a listing. Pure, so that a thread and an event loop can send the same."""

from datetime import datetime

from buckets.s3.address import Address
from buckets.s3.signing import Signer

ACTION = "s3:ListBucket"
"""The IAM action it needs."""

PAGE_KEYS = 1000
"""The most keys S3 puts on one page."""


def listing_request(
    signer: Signer,
    address: Address,
    *,
    prefix: str,
    delimiter: str = "",
    token: str = "",
    start_after: str | bytes = "",
    keys: int = PAGE_KEYS,
    now: datetime,
) -> tuple[str, dict[str, str]]:
    """URL and signed headers of a ListObjectsV2 below `prefix`, from `token` on, or after the key `start_after`."""
    query: dict[str, str | bytes] = {
        "encoding-type": "url",
        "list-type": "2",
        "max-keys": str(keys),
        "prefix": prefix,
    }
    if delimiter:
        query["delimiter"] = delimiter
    if token:
        query["continuation-token"] = token
    if start_after:
        query["start-after"] = start_after
    path = address.base if address.base == "/" else address.base.rstrip("/")
    return signer.headers("GET", address, path=path, query=query, now=now)
