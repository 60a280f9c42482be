"""What the wire's doors to files take."""

from typing import Any

from rest_framework import serializers

from buckets.paths import KEY_BYTES


class Text(serializers.CharField):
    """Text as it was sent, and nothing that would have to be made into text first."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ChangedObject(serializers.Serializer[None]):
    """An object as S3 names it: bucket and full key, plain."""

    bucket_name = Text(max_length=255)
    key = Text(max_length=KEY_BYTES, trim_whitespace=False)
