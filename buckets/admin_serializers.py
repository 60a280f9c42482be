"""What the wire's doors for administrators to assignments take and answer."""

from typing import Any

from rest_framework import serializers

from mediabridge.wire.shapes import Shape, Text, Truth


class Whom(Shape):
    """Who, and in which bucket."""

    userId = serializers.UUIDField(source="user_id")
    bucketId = serializers.UUIDField(source="bucket_id")


class NewPlace(Whom):
    """A place in a bucket to be. Whoever names no root path means the bucket's own."""

    allowDelete = Truth(source="allow_delete", required=False)
    allowUpload = Truth(source="allow_upload", required=False)
    allowOverwrite = Truth(source="allow_overwrite", required=False)
    rootPath = Text(
        source="root_path", required=False, allow_null=True, help_text="Relative to the bucket's own root."
    )
    wholeBucket = Truth(source="whole_bucket", required=False, help_text="Instead of `rootPath`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("root_path", "") is None:
            del attrs["root_path"]
        return self.with_root(attrs)

    def with_root(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """`attrs`, in which it is said whether the whole bucket is meant."""
        return {"whole_bucket": "root_path" not in attrs, **attrs}


class ChangedPlace(NewPlace):
    """What of a place is to be different. What is absent says nothing, the root too."""

    def with_root(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "root_path" in attrs:
            return {"whole_bucket": False, **attrs}
        return {"root_path": "", **attrs} if attrs.get("whole_bucket") else attrs


class AssignmentRow(serializers.Serializer[Any]):
    """Who may use which bucket. `bucket_name` is its name in S3."""

    user_id = serializers.UUIDField()
    user_name = serializers.CharField(source="user.name")
    user_email = serializers.CharField(source="user.email")
    bucket_id = serializers.UUIDField()
    bucket_name = serializers.CharField(source="bucket.bucket_name")
    system_code = serializers.CharField(source="bucket.system_code")
    assigned_at = serializers.DateTimeField()
    allow_delete = serializers.BooleanField()
