"""A search as it is asked for, in words that one process can hand to another; and what they mean."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import PersonalToken, User
from buckets.access import NoSuchBucket, reach_for
from search.matching import NO_FILTERS, Filters, parse
from search.traversal import Wanted


@dataclass(frozen=True, slots=True)
class Asked:
    """Who looks for `text` in which bucket: below `path`, or with `is_level` only in it. It gives no access by itself.

    `token_id` is the personal token they act by. `for_page` asks for hits as our own pages want them.
    """

    user_id: UUID
    bucket_id: UUID
    text: str
    token_id: UUID | None = None
    path: str = ""
    is_level: bool = False
    filters: Filters = NO_FILTERS
    for_page: bool = False

    def __str__(self) -> str:
        return f"a search of {self.user_id} in bucket {self.bucket_id}"

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=_plain)

    @classmethod
    def of_json(cls, text: str) -> "Asked":
        told = json.loads(text)
        told["user_id"], told["bucket_id"] = UUID(told["user_id"]), UUID(told["bucket_id"])
        told["token_id"] = UUID(told["token_id"]) if told["token_id"] else None
        told["filters"] = _filters(told["filters"])
        return cls(**told)


def wanted_by(asked: Asked) -> Wanted:
    """Where the person who asks may look now. Three queries at most. Raises NoSuchBucket when nowhere any more, OutOfBounds
    for the path, Malformed for it or for the text."""
    reach = reach_for(user=_person(asked), bucket_id=asked.bucket_id)
    if not reach.rights.read:
        raise NoSuchBucket
    return Wanted(
        reach=reach,
        below=reach.folder(asked.path, field="prefix"),
        query=parse(asked.text),
        filters=asked.filters,
        is_level=asked.is_level,
    )


def _person(asked: Asked) -> User:
    """Raises NoSuchBucket when there is nobody left who could look anywhere."""
    user: User | None
    if asked.token_id is None:
        user = User.objects.filter(pk=asked.user_id, locked_at=None).first()
    else:
        mine = PersonalToken.objects.select_related("user").filter(user_id=asked.user_id)
        token = mine.filter(pk=asked.token_id).first()
        # One that expires meanwhile ends no search; whatever else ends a token does.
        user = token.user if token and not token.why_ended else None
        if user is not None:
            user.token = token
    if user is None:
        raise NoSuchBucket
    return user


def _filters(told: dict[str, Any]) -> Filters:
    read: dict[str, Any] = {
        **told,
        "groups": frozenset(told["groups"]),
        "storage_classes": frozenset(told["storage_classes"]),
    }
    for name in ("since", "until"):
        read[name] = datetime.fromisoformat(told[name]) if told[name] else None
    found = Filters(**read)
    return NO_FILTERS if found == NO_FILTERS else found


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
