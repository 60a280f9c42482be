"""Where a bucket answers: scheme, host and path, in both addressing styles. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from buckets.connection import AddressingStyle, Connection
from buckets.paths import Malformed

# The partitions of AWS whose hosts don't end in amazonaws.com, by what their regions start with.
_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
}
_REGION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ONE_LABEL = re.compile(_LABEL)
_LABELS = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ESCAPED = re.compile(r"[^A-Za-z0-9/_.~-]")
_ESCAPES = {chr(code): quote(chr(code), safe="") for code in range(128)}


@dataclass(frozen=True, slots=True)
class Address:
    """The place of one bucket. `base` is what stands before a key in the path, always ending in `/`."""

    scheme: str
    host: str
    base: str

    @property
    def origin(self) -> str:
        """What browsers compare and a Content-Security-Policy lists."""
        return f"{self.scheme}://{self.host}"

    def path(self, key: str) -> str:
        """The encoded path of the object with this full key; the bucket's own with an empty one."""
        return self.base + _escaped_path(key)


class Escaped(str):
    """Text as a query writes it already."""

    __slots__ = ()


def escaped(text: str) -> str:
    """`text` as a query writes it: everything escaped but letters, digits and `-._~`."""
    return text if type(text) is Escaped else _escaped_path(text).replace("/", "%2F")


def _escaped_path(text: str) -> str:
    # `quote` looks at every character, which takes longer than a signature; most keys need few escapes.
    return _ESCAPED.sub(_escape, text) if text.isascii() else quote(text, safe="/~")


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES[match[0]]


def address_of(connection: Connection, *, for_browsers: bool = False) -> Address:
    """Where `connection`'s bucket answers us, or browsers. Raises Malformed for a region that can't stand in a host."""
    endpoint = connection.public_endpoint_url if for_browsers else connection.endpoint_url
    return _address(connection.bucket_name, connection.region, endpoint, connection.addressing_style)


def style_of(connection: Connection) -> AddressingStyle:
    """How this bucket is addressed in fact: a name that can't stand in a host goes into the path."""
    url = urlsplit(connection.endpoint_url)
    return _style(
        connection.bucket_name, url.scheme or "https", url.hostname or "", connection.addressing_style
    )


@lru_cache(maxsize=1024)
def _address(bucket: str, region: str, endpoint: str, style: AddressingStyle) -> Address:
    if not _REGION.fullmatch(region):
        raise Malformed("region", "A region looks like eu-central-1: letters, digits and hyphens.")
    url = urlsplit(endpoint or f"https://s3.{region}.{_suffix(region)}")
    host = _host(url.scheme, url.hostname or "", url.port)
    path = url.path.rstrip("/")
    if _style(bucket, url.scheme, url.hostname or "", style) == "virtual":
        return Address(url.scheme, f"{bucket}.{host}", f"{path}/")
    return Address(url.scheme, host, f"{path}/{quote(bucket, safe='')}/")


def _suffix(region: str) -> str:
    return next((host for start, host in _SUFFIXES.items() if region.startswith(start)), "amazonaws.com")


def _host(scheme: str, name: str, port: int | None) -> str:
    """As a browser writes it in the Host header, which is signed: no default port, brackets around IPv6."""
    shown = f"[{name}]" if ":" in name else name
    return shown if port in (None, {"http": 80, "https": 443}.get(scheme)) else f"{shown}:{port}"


def _style(bucket: str, scheme: str, host: str, wanted: AddressingStyle) -> AddressingStyle:
    # A dot makes a second level that the store's wildcard certificate doesn't cover.
    fitting = _LABELS if scheme == "http" else _ONE_LABEL
    fits = 3 <= len(bucket) <= 63 and bool(fitting.fullmatch(bucket)) and not _is_ip(bucket)
    return "virtual" if wanted == "virtual" and fits and not _is_ip(host) else "path"


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
