"""Settings as people write them, in the environment or `.env`: blank is unset, and what is wrong is named."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUE = ("true", "on", "yes", "y", "1")
_FALSE = ("false", "off", "no", "n", "0")
_POSTGRESQL = "django.db.backends.postgresql"


def read_settings(file: Path) -> "Settings":
    """What the environment says, and `file` where it says nothing. It is put into `os.environ` for libraries that look there."""
    in_file: Any = type("InFile", (environ.Env,), {"ENVIRON": {}})
    in_file.read_env(file)
    os.environ |= _without_blanks(in_file.ENVIRON) | _without_blanks(os.environ)
    return Settings()


class Settings(environ.Env):  # type: ignore[misc] # It has no types.
    """What `os.environ` says when this is made, without blanks. Each reader raises ImproperlyConfigured with the setting's name."""

    def __init__(self) -> None:
        super().__init__()
        self.ENVIRON = _without_blanks(os.environ)

    def number(self, name: str, *, default: int, lowest: int = 0, highest: int | None = None) -> int:
        """A whole number in these bounds."""
        text = self.ENVIRON.get(name, str(default)).strip()
        fits = re.fullmatch(r"[0-9]{1,15}", text) and lowest <= int(text)
        if not fits or (highest is not None and int(text) > highest):
            bounds = f"from {lowest} to {highest}" if highest is not None else f"of at least {lowest}"
            raise ImproperlyConfigured(f"{name} must be a whole number {bounds}, not {text!r}.")
        return int(text)

    def flag(self, name: str, *, default: bool) -> bool:
        """Yes or no, in one of the usual words."""
        text = self.ENVIRON.get(name, str(default)).strip()
        if text.lower() not in (*_TRUE, *_FALSE):
            raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
        return text.lower() in _TRUE

    def one_of(self, name: str, *choices: str, default: str) -> str:
        """One of these words, as it is written here."""
        text = self.ENVIRON.get(name, default).strip()
        found = {choice.lower(): choice for choice in choices}.get(text.lower())
        if found is None:
            raise ImproperlyConfigured(
                f"{name} must be {', '.join(choices[:-1])} or {choices[-1]}, not {text!r}."
            )
        return found

    def limit(self, name: str, *, default: str) -> str:
        """So many in a time."""
        text = self.ENVIRON.get(name, default)
        if not re.fullmatch(r"[1-9][0-9]{0,8}/[smhd]", text):
            raise ImproperlyConfigured(
                f"{name} must be a number, a slash, and s, m, h or d, like 600/m, not {text!r}."
            )
        return text

    def address(self, name: str, *schemes: str, default: str) -> str:
        """A URL of one of these schemes, or the default. It is not quoted when it is wrong: it may hold a password."""
        text = self.ENVIRON.get(name)
        if text is None:
            return default
        try:
            parts = urlsplit(text)
            fits = parts.scheme in schemes and parts.hostname and (parts.port is None or parts.port >= 0)
        except ValueError:
            fits = False
        if not fits:
            raise ImproperlyConfigured(f"{name} must be like {schemes[-1]}://host:port.")
        return text

    def networks(self, name: str, *, default: list[str]) -> list[str]:
        """Addresses and networks, separated by commas."""
        texts: list[str] = self.list(name, default=default)
        for text in texts:
            try:
                ip_network(text.strip(), strict=False)
            except ValueError:
                raise ImproperlyConfigured(
                    f"{name} must hold addresses or networks like 10.0.0.0/24, not {text!r}."
                ) from None
        return texts

    def database(self, name: str, *, default: str) -> dict[str, Any]:
        """How Django reaches a PostgreSQL. Its address is not quoted when it is wrong: it may hold a password."""
        found: dict[str, Any] = {}
        # Without a scheme the library would tell of all it has read.
        if re.match(r"\w+://", self.ENVIRON.get(name, default)):
            with suppress(ValueError):
                found = self.db_url(name, default=default)
        named = found.get("NAME") or "service" in found.get("OPTIONS", {})
        if found.get("ENGINE") != _POSTGRESQL or not named:
            raise ImproperlyConfigured(f"{name} must be like postgresql://user:password@host:5432/database.")
        return found


def _without_blanks(environ: Mapping[str, str]) -> dict[str, str]:
    """Nothing is a blank, and nothing with a comment behind it."""
    return {name: value for name, value in environ.items() if not re.fullmatch(r"\s*(\s#.*)?", value)}
