"""What the wire's doors to the archive take and answer."""

from typing import Any

from rest_framework import serializers

from mediabridge.wire.shapes import Shape, Text, TextOrNothing


class NewKey(Shape):
    """An access key and its owner."""

    accessKeyId = Text(source="access_key_id")
    email = Text()
    ownerName = TextOrNothing(source="owner_name")
    notes = TextOrNothing()


class KeyRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    access_key_id = serializers.CharField()
    email = serializers.CharField()
    owner_name = serializers.CharField()
    notes = serializers.CharField()
    created_at = serializers.DateTimeField()


class RequestRow(serializers.Serializer[Any]):
    """A request. Without somebody to tell, `email` is null."""

    id = serializers.UUIDField()
    s3_bucket = serializers.CharField()
    s3_key = serializers.CharField()
    access_key_id = serializers.CharField()
    email = serializers.SerializerMethodField(allow_null=True)
    user_resolved = serializers.BooleanField()
    restore_status = serializers.ChoiceField(choices=["not_started", "pending", "restored"], source="status")
    pre_notified = serializers.SerializerMethodField()
    post_notified = serializers.SerializerMethodField()
    requested_at = serializers.DateTimeField()
    restored_at = serializers.DateTimeField(allow_null=True)

    def get_email(self, request: Any) -> str | None:
        return request.email or None

    def get_pre_notified(self, request: Any) -> bool:
        return request.pre_notified_at is not None

    def get_post_notified(self, request: Any) -> bool:
        return request.post_notified_at is not None


class TallyCounts(serializers.Serializer[Any]):
    """How many requests there are."""

    total = serializers.IntegerField()
    pending_count = serializers.IntegerField(source="pending")
    restored_count = serializers.IntegerField(source="restored")
    not_started_count = serializers.IntegerField(source="not_started")


class RequestsPart(TallyCounts):
    """A stretch of the requests, newest first, and how many there are by how far they are."""

    items = RequestRow(many=True)
