"""Which other origins a page about a reach talks to."""

from urllib.parse import urlsplit

from buckets.paths import Reach
from buckets.s3.address import address_of


def browser_origins(reach: Reach) -> tuple[str, ...]:
    """The origins a browser needs for this reach: the bucket's store, and its CDN if it has one. For the CSP."""
    store = address_of(reach.connection, for_browsers=True).origin
    if not reach.cdn_base:
        return (store,)
    cdn = urlsplit(reach.cdn_base)
    return tuple(dict.fromkeys((store, f"{cdn.scheme}://{cdn.netloc}")))
