"""The addresses of parts that people run themselves: whether they can be meant, and whether somebody answers there."""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from launcher.problems import Problem

_URL = re.compile(r"(?P<scheme>\w+)://(?:[^/?\s]*@)?(?P<hosts>[^/?#@\s]*)(?P<rest>\S*)")
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{0,5}))?")
SECONDS = 2.0


@dataclass(frozen=True)
class Form:
    """How an address of one kind is written. `rest` is what may stand behind the host."""

    example: str
    schemes: tuple[str, ...]
    rest: str
    usual_port: int
    # Of PostgreSQL there may be several, or none where it is asked through a socket in a directory.
    has_one_host: bool = True


_PAGE = Form("https://media.example.org", ("http", "https"), r"(/[^?#]*)?", 443)
_STORE = Form("https://s3.example.org", ("http", "https"), r"(/[^?#]*)?", 443)
FORMS = {
    "DATABASE_URL": Form(
        "postgresql://user:password@host:5432/database",
        ("postgresql", "postgres", "pgsql", "psql"),
        r"/+[^/?].*|.*[?&]service=.+",
        5432,
        has_one_host=False,
    ),
    "REDIS_URL": Form("redis://:password@host:6379/0", ("redis", "rediss"), r"(/[0-9]*)?(\?.*)?", 6379),
    "S3_ENDPOINT_URL": _STORE,
    "S3_PUBLIC_URL": _STORE,
    "FRONTEND_URL": _PAGE,
}


def refuse_what_cannot_be_meant(values: Mapping[str, str]) -> None:
    """Raises Problem, naming the setting, for the first address in `values` that is none. It isn't quoted, as it may hold a
    password."""
    for name, form in FORMS.items():
        if name in values and not _fits(values[name], form):
            raise Problem(f"{name} must be like {form.example}.")


def silent_place(name: str, url: str) -> str | None:
    """The host and port in the setting `name`, `url`, when nobody takes connections there; None when somebody does.

    What is asked through a socket in a directory is not looked for.
    """
    places = [place for place in _places(url, FORMS[name]) if place[0] and not place[0].startswith("%2F")]
    if not places or any(_answers(host, port) for host, port in places):
        return None
    return ", ".join(f"{host}:{port}" for host, port in places)


def _fits(url: str, form: Form) -> bool:
    found = _URL.fullmatch(url)
    if found is None or found["scheme"].lower() not in form.schemes:
        return False
    places = _places(url, form)
    hosts_fit = bool(places) and (not form.has_one_host or bool(places[0][0]))
    return hosts_fit and re.fullmatch(form.rest, found["rest"]) is not None


def _places(url: str, form: Form) -> list[tuple[str, int]]:
    """Hosts and ports, empty when one of them is none."""
    found = _URL.fullmatch(url)
    hosts = found["hosts"] if found else ""
    read = [_HOST.fullmatch(host) for host in ([hosts] if form.has_one_host else hosts.split(","))]
    places = [(one["six"] or one["name"], int(one["port"] or form.usual_port)) for one in read if one]
    return places if len(places) == len(read) and all(port < 65536 for _, port in places) else []


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except (OSError, UnicodeError):
        return False
    return True
