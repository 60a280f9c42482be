"""Small files that only their owner may read: keys, passwords, addresses that carry them."""

import os
from collections.abc import Mapping
from pathlib import Path

from launcher.problems import Problem

PRIVATE = 0o600


def write_private(path: Path, text: str) -> None:
    """Puts `text` at `path`, whole or not at all, readable by the owner alone (mode 600)."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    with os.fdopen(handle, "w") as stream:
        # The draft may be left from an interrupted start, with another mode.
        os.fchmod(stream.fileno(), PRIVATE)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, path)


def read_assignments(path: Path) -> dict[str, str]:
    """The NAME=value lines of `path`; an absent file has none.

    Accepts `export NAME=value`, quoted values, comments and blank lines. Raises Problem for any other line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise Problem(f"{path} is not a text file in UTF-8.") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        stripped = line.strip().removeprefix("export ").lstrip()
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = stripped.partition("=")
        if not equals or not name.strip().isidentifier():
            raise Problem(f"{path}, line {number}: expected NAME=value.")
        found[name.strip()] = _unquoted(value)
    return found


def write_assignments(path: Path, values: Mapping[str, str]) -> None:
    """Replaces `path` by the NAME=value lines of `values`, mode 600."""
    write_private(path, "".join(f"{name}={value}\n" for name, value in values.items()))


def _unquoted(value: str) -> str:
    bare = value.strip()
    if len(bare) >= 2 and bare[0] == bare[-1] and bare[0] in "'\"":
        return bare[1:-1]
    # A comment after an unquoted value needs a space before it, so that a "#" in a password stays.
    return value.split(" #", 1)[0].strip()
