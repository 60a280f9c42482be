"""What serializers of the wire are made of: texts that are texts, and fields that keep the client's names when a rule breaks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class Text(serializers.CharField):
    """Text as it was sent, and nothing that would have to be made into text first. What it may say, a rule decides."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Texts(serializers.Field[Any, Any, Any, Any]):
    """A list of texts, quicker than one of `Text`: there may be tens of thousands."""

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(type(text) is str for text in data):
            raise serializers.ValidationError("This must be a list of texts.")
        return data

    def to_representation(self, value: list[str]) -> list[str]:
        return value


class TextOrNothing(Text):
    """Text that may be left empty, for which `null` is another way."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_null": True, "required": False, **options})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation("" if data is None else data)


class Whole(serializers.IntegerField):
    """A whole number as JSON writes one: neither text nor 1.0 nor true."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    """True or false, and no word for it."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return data


class Shape(serializers.Serializer[Any]):
    """What a door takes. `source` says what the product calls a field; a field that is absent, is absent."""

    @contextmanager
    def in_own_words(self) -> Iterator[None]:
        """A rule that breaks inside names its field as the client does."""
        try:
            yield
        except Exception as problem:  # Whatever it is goes on: only the name of its field changes.
            if isinstance(field := getattr(problem, "field", None), str):
                problem.field = self._sent_as(field)  # type: ignore[attr-defined]
            raise

    def _sent_as(self, field: str) -> str:
        names = (name for name, each in self.fields.items() if each.source == field)
        return str(next(names, field))


class Changes(Shape):
    """What is to be different. A name that is none is refused: a misspelt one would otherwise change nothing without a word."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            known = ", ".join(self.fields)
            raise serializers.ValidationError({min(unknown): f"There is no such field. There are: {known}."})
        return super().to_internal_value(data)


class Stretch(serializers.Serializer[Any]):
    """Which rows of many: `limit` of them, from number `offset` on, which counts from 0."""

    limit = serializers.IntegerField(default=20, min_value=1, max_value=1_000)
    offset = serializers.IntegerField(default=0, min_value=0, max_value=2**31)
