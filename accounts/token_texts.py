"""What a personal token looks like: `mbp_`, 256 bits as 43 letters and digits, and six more that check them.

Whoever searches repositories and logs for lost keys finds it by its beginning and is sure of it by its end; what was
mistyped or made up is recognised without asking the database. Pure Python.
"""

import hashlib
import re
import secrets
import string
from zlib import crc32

PREFIX = "mbp_"
HINT_LENGTH = len(PREFIX) + 6
_SIGNS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET, _CHECK = 43, 6
_WHOLE = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_SECRET + _CHECK}}}", re.ASCII)


def new() -> str:
    """A token nobody can guess."""
    secret = _spelled(int.from_bytes(secrets.token_bytes(32)), _SECRET)
    return f"{PREFIX}{secret}{_check_of(secret)}"


def is_meant(text: str) -> bool:
    """Whether whoever sends `text` means a personal token by it, be it one or not."""
    return text.startswith(PREFIX)


def is_sound(text: str) -> bool:
    """Whether `text` can be a personal token: all of it is there, and nothing is mistyped."""
    secret = text[len(PREFIX) : -_CHECK]
    return _WHOLE.fullmatch(text) is not None and text.endswith(_check_of(secret))


def hash_of(token: str) -> str:
    """What is stored of `token`. So many bits need no salt, and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def hint_of(token: str) -> str:
    """The beginning of `token`, by which its owner tells it from others."""
    return token[:HINT_LENGTH]


def _check_of(secret: str) -> str:
    return _spelled(crc32(secret.encode()), _CHECK)


def _spelled(number: int, length: int) -> str:
    signs = []
    for _ in range(length):
        number, rest = divmod(number, len(_SIGNS))
        signs.append(_SIGNS[rest])
    return "".join(reversed(signs))
