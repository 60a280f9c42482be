"""What a body on the wire may be: one JSON object or list, in UTF-8, that every reader understands alike."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, ClassVar, NoReturn

from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

SMALL = 16 * 1024
LONG = 24 * 1024 * 1024


class Malformed(Exception):
    """The body is not what JSON on this wire may be. `field` names the key it stands under, where there is one."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class TooLarge(Exception):
    """The body is longer than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A request here may have {limit} bytes at most.")
        self.limit = limit


def _what_reading_raises(limit: int) -> tuple[Exception | type[Exception], ...]:
    return Malformed("The body must be JSON."), UnsupportedMediaType, TooLarge(limit)


class StrictJSON(BaseParser):
    """Reads a body once and one way. What two readers could take differently is refused, not guessed.

    Raises Malformed, TooLarge, UnsupportedMediaType: `raises`, for the description of the wire.
    """

    media_type = "application/json"
    limit: ClassVar[int | None] = None
    raises = _what_reading_raises(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        _, parameters = parse_header_parameters(media_type or "")
        if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "")
        limit = self.limit or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge(limit)
        return read(raw)


class SmallJSON(StrictJSON):
    """For doors that take a few words: nothing of any size is read for a stranger."""

    limit = SMALL
    raises = _what_reading_raises(SMALL)


class LongJSON(StrictJSON):
    """For doors that take thousands of keys: 20,000 of the longest there are."""

    limit = LONG
    raises = _what_reading_raises(LONG)


def read(raw: bytes) -> Any:
    """The object or list in `raw`. Raises Malformed."""
    try:
        text = raw.decode()
        found = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise Malformed("The body must be JSON.") from None
    if not isinstance(found, dict | list):
        raise Malformed("The body must be a JSON object or list.")
    # Only an escape can bring in what UTF-8 and JSON's own grammar have not refused already.
    if "\\u" in text:
        _refuse_odd_texts(found)
    return found


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("A key of the body appears twice.")
    return found


def _no_number(name: str) -> NoReturn:
    raise Malformed(f"{name} is no number in JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Malformed("A number in the body is too large.")
    return number


def _refuse_odd_texts(found: Any) -> None:
    """Looks at every text in `found`, keys too. Step by step: whoever nests them deeply must not make each cost more."""
    waiting = [("", found)]
    while waiting:
        field, value = waiting.pop()
        if isinstance(value, str):
            _refuse_odd(value, field=field)
        elif isinstance(value, list):
            waiting.extend((field, each) for each in value)
        elif isinstance(value, dict):
            waiting.extend((field, key) for key in value)
            waiting.extend(value.items())


def _refuse_odd(text: str, *, field: str) -> None:
    if "\x00" in text:
        raise Malformed("It contains a NUL character.", field=field)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Malformed("It contains half a character.", field=field) from None
