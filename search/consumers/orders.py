"""What a page of ours says over its socket, read strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.dateparse import parse_datetime

from buckets.paths import Malformed
from search.asking import Asked
from search.matching import NO_FILTERS, Filters, parse

MOST_PLACES: Final = 200
_LARGEST: Final = 2**62


@dataclass(frozen=True, slots=True)
class Order:
    """Search number `number`: one search for each place. Nobody is named yet."""

    number: int
    asked: tuple[Asked, ...]


def order_of(message: Mapping[str, Any], *, user_id: UUID) -> Order:
    """Raises Malformed, naming what is wrong."""
    text = message.get("q")
    if not isinstance(text, str):
        raise Malformed("q", "Say what to look for.")
    parse(text)
    places, filters = message.get("places"), _filters(message.get("filters"))
    if not isinstance(places, list) or not 0 < len(places) <= MOST_PLACES:
        raise Malformed("places", f"Name 1 to {MOST_PLACES} places.")
    found = tuple(_place(place, text, filters, user_id) for place in places)
    if len({one.bucket_id for one in found}) < len(found):
        raise Malformed("places", "Each bucket can be searched in one place.")
    return Order(number_of(message), found)


def number_of(message: Mapping[str, Any]) -> int:
    """Which search a message is about. Raises Malformed."""
    number = message.get("search")
    if type(number) is not int or not 0 <= number < _LARGEST:
        raise Malformed("search", "This must be a whole number.")
    return number


def _place(place: object, text: str, filters: Filters, user_id: UUID) -> Asked:
    if not isinstance(place, dict):
        raise Malformed("places", "A place must be an object.")
    bucket, prefix, scope = place.get("bucket"), place.get("prefix", ""), place.get("scope", "below")
    if not isinstance(bucket, str) or not isinstance(prefix, str) or scope not in ("below", "level"):
        raise Malformed("places", "A place has a bucket, a prefix and a scope, below or level.")
    try:
        bucket_id = UUID(bucket)
    except ValueError:
        raise Malformed("places", "This is no bucket.") from None
    return Asked(
        user_id=user_id,
        bucket_id=bucket_id,
        text=text,
        path=prefix,
        is_level=scope == "level",
        filters=filters,
        for_page=True,
    )


def _filters(told: object) -> Filters:
    if told is None:
        return NO_FILTERS
    if not isinstance(told, dict):
        raise Malformed("filters", "Filters are an object.")
    found = Filters(
        groups=_words(told, "groups"),
        smallest=_size(told, "smallest"),
        biggest=_size(told, "biggest"),
        since=_moment(told, "since"),
        until=_moment(told, "until"),
        storage_classes=_words(told, "classes"),
    )
    return NO_FILTERS if found == NO_FILTERS else found


def _words(told: Mapping[str, Any], name: str) -> frozenset[str]:
    words = told.get(name) or []
    if not isinstance(words, list) or len(words) > 50 or not all(isinstance(word, str) for word in words):
        raise Malformed(name, "This must be a list of words.")
    return frozenset(words)


def _size(told: Mapping[str, Any], name: str) -> int | None:
    size = told.get(name)
    if size is not None and (type(size) is not int or not 0 <= size < _LARGEST):
        raise Malformed(name, "This must be a number of bytes.")
    return size


def _moment(told: Mapping[str, Any], name: str) -> datetime | None:
    text = told.get(name)
    if text is None:
        return None
    try:
        moment = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Malformed(name, "This must be a moment such as 2026-01-31T00:00:00Z.")
    return moment
