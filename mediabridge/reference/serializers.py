"""What the door to the description takes."""

from typing import Any

from rest_framework import serializers


class Wanted(serializers.Serializer[Any]):
    """In which form somebody wants it."""

    format = serializers.ChoiceField(
        choices=["json", "yaml"],
        required=False,
        help_text="JSON, unless `Accept` asks for `application/yaml`.",
    )
