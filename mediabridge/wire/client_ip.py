"""Whose request this is: the client's address, behind proxies too, and never an address somebody made up."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def client_ip(request: HttpRequest) -> str | None:
    """The client's IP address; None when the connection has none (a Unix socket).

    Forwarding headers count only when the connection comes from one of `TRUSTED_PROXIES`: `X-Real-IP`, or in
    `X-Forwarded-For` the right-most address that is no trusted proxy. A proxy that sets one of them passes a forged
    other one on, so when the two disagree neither is believed and the proxy's own address is the answer.
    """
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    if not is_trusted(peer):
        return str(peer) if peer else None
    hops = [_parsed(hop) for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    forwarded = _last_untrusted(hops)
    real = _parsed(request.META.get("HTTP_X_REAL_IP", ""))
    if real is None or is_trusted(real):
        claimed = forwarded
    elif hops and forwarded != real:
        claimed = None
    else:
        claimed = real
    return str(claimed or peer) if claimed or peer else None


def is_trusted(address: Address | None) -> bool:
    """Whether `address` is one of `TRUSTED_PROXIES`, which holds addresses and networks."""
    if address is None:
        return False
    return any(address in network for network in _networks(settings.TRUSTED_PROXIES))


def comes_from_a_proxy(request: HttpRequest) -> bool:
    """Whether the connection itself comes from a trusted proxy, so that its headers may be believed."""
    return is_trusted(_parsed(request.META.get("REMOTE_ADDR", "")))


def _last_untrusted(hops: list[Address | None]) -> Address | None:
    """The nearest hop that is no proxy of ours. Unreadable text there means that nothing beyond it can be believed."""
    for hop in reversed(hops):
        if hop is None or not is_trusted(hop):
            return hop
    return None


def _networks(texts: Iterable[str]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(text.strip(), strict=False) for text in texts]


def _parsed(text: str) -> Address | None:
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
