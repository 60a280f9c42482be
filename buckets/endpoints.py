"""Where a bucket may be said to be: endpoint and CDN addresses an administrator types. Raises Malformed(field, reason).

Our server connects to an endpoint, so an address inside our own network would make it a messenger into that network.
"""

import socket
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from buckets.paths import Malformed

_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.:")


def check_endpoint_url(text: str, *, field: str = "endpoint_url") -> str:
    """The endpoint `text` as it is stored: no trailing slash; blank stays blank and means AWS.

    The endpoint the operator set as S3_ENDPOINT_URL is taken as it is. Raises Malformed.
    """
    wanted = text.strip().rstrip("/")
    if not wanted or wanted == settings.S3_ENDPOINT_URL.rstrip("/"):
        return wanted
    url = _parts(wanted, field)
    addresses = addresses_of(url.hostname or "")
    if not addresses:
        raise Malformed(field, "No address was found for this host name.")
    _check_network(url, addresses, field)
    return wanted


def check_cdn_base(text: str, *, field: str = "cloudfront_base_url") -> str:
    """The CloudFront base URL `text` as it is stored: no trailing slash; blank stays blank. Raises Malformed.

    Only browsers go there, so a name that doesn't resolve here is accepted.
    """
    wanted = text.strip().rstrip("/")
    if wanted:
        url = _parts(wanted, field)
        _check_network(url, addresses_of(url.hostname or ""), field)
    return wanted


def is_private(address: str) -> bool:
    """Whether this IP address is anything but a public one: private, loopback, link-local, reserved."""
    ip = ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return not (mapped or ip).is_global or ip.is_multicast


def addresses_of(host: str) -> list[str]:
    """The IP addresses of this host name; none when it has none."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []


def _parts(text: str, field: str) -> SplitResult:
    try:
        url = urlsplit(text)
        port_is_fine = url.port != 0
    except ValueError:
        raise Malformed(field, "This is not a web address.") from None
    if url.scheme not in ("https", "http") or not url.hostname or not port_is_fine:
        raise Malformed(field, "Give a full address such as https://s3.example.com.")
    if url.username is not None or url.password is not None:
        raise Malformed(field, "An address here can't hold a user name or password.")
    if "?" in text or "#" in text:
        raise Malformed(field, "An address here can't have a “?” or “#” part.")
    if not _HOST_CHARACTERS.issuperset(url.netloc.lower().replace("[", "").replace("]", "")):
        raise Malformed(field, "A host name has letters, digits, hyphens and dots.")
    if any(character in url.path for character in " \\;,'\"<>%") or "//" in url.path or "/." in url.path:
        raise Malformed(field, "The path of this address has characters that don't belong there.")
    return url


def _check_network(url: SplitResult, addresses: list[str], field: str) -> None:
    private = any(is_private(address) for address in addresses)
    if private and not settings.ALLOW_PRIVATE_ENDPOINTS:
        raise Malformed(field, "This address is inside a private network, where this server may not go.")
    if url.scheme != "https" and not private:
        raise Malformed(field, "The address must start with https://.")
