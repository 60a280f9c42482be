"""Origins as browsers write them. Nothing here depends on where the product runs."""

from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_USUAL_PORTS: Final = {"http": 80, "https": 443}
# "Every address of this machine", and the one of them a browser here uses.
_LOOPBACK_OF: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def origin_of(url: str, *, setting: str) -> str:
    """The origin that a page at `url` has. Raises ImproperlyConfigured, naming `setting`, when there can be no page at it."""
    wrong = ImproperlyConfigured(f"{setting} must be like https://media.example.org, not {url!r}.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        raise wrong from None
    if not host or parts.scheme not in _USUAL_PORTS or "@" in parts.netloc:
        raise wrong
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + ("" if port in (None, _USUAL_PORTS[parts.scheme]) else f":{port}")


def pages_at(host: str, port: int) -> str:
    """Where a browser on this machine finds pages that are served at `host` and `port`."""
    name = _LOOPBACK_OF.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
