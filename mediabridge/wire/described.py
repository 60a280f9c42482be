"""What a door says of itself that its code does not: what it is for, what it takes and answers, and what can go wrong in it.

All else the description of the wire (`mediabridge.wire.schema`) reads from the door: who may call, how often, what a body may be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rest_framework.serializers import BaseSerializer, Field

from mediabridge.wire.errors import Answer

Takes = type[BaseSerializer[Any]] | BaseSerializer[Any] | None
Gives = type[BaseSerializer[Any]] | BaseSerializer[Any] | Field[Any, Any, Any, Any] | None
Problem = type[Exception] | Exception | Answer
Security = tuple[Mapping[str, Sequence[str]], ...]

NO_BODY: Final = {"type": "object", "properties": {}}
"""What a door answers that has nothing to say: `{}`."""


@dataclass(frozen=True)
class Described:
    """One verb of a door.

    `name` is its operationId, which never changes; `summary` a line and `text` some more, in Markdown. `takes` is the body,
    `asks` the query, `gives` the answer (None for `{}`), each with an example: `sent`, `asked`, `given`. `raises` is what
    only this door's own work can end in: exceptions of the table in `mediabridge.wire.errors`, or what middleware makes of
    one. An exception whose text is the message must come as an instance. `lets_in` are ways in of its own, `also` media types
    in which the answer can be had instead.
    """

    name: str
    tag: str
    summary: str
    text: str = ""
    takes: Takes = None
    asks: type[BaseSerializer[Any]] | None = None
    gives: Gives = None
    sent: Any = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    given: Any = field(default_factory=dict)
    raises: tuple[Problem, ...] = ()
    lets_in: Security = ()
    sets_cookie: str = ""
    also: tuple[str, ...] = ()


Descriptions = Mapping[str, Described]
"""By verb. An empty one keeps a door out of the description."""
