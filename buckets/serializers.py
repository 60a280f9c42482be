"""What the wire's doors to buckets answer."""

from typing import Any

from rest_framework import serializers

from buckets.paths import Reach


class BucketRow(serializers.Serializer[Any]):
    """A bucket as its user sees it. `root_path` is where their paths begin: full keys start with it."""

    id = serializers.UUIDField(source="bucket_id")
    display_name = serializers.CharField(source="bucket_title")
    description = serializers.CharField(source="bucket_description")
    cloudfront_base_url = serializers.SerializerMethodField(allow_null=True)
    root_path = serializers.CharField(source="root", help_text="Empty, or ends in a slash.")
    allow_delete = serializers.BooleanField(source="rights.delete")
    allow_upload = serializers.BooleanField(source="rights.upload")

    def get_cloudfront_base_url(self, reach: Reach) -> str | None:
        """None for a private bucket."""
        return reach.cdn_base or None
