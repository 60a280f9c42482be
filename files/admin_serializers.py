"""What the wire's doors for administrators to buckets take and answer."""

from typing import Any

from rest_framework import serializers

from buckets.registration import KEY_FIELDS, NewKey
from mediabridge.wire.shapes import Changes, Shape, Text, TextOrNothing

CDN = "Makes its files public, with this in front of their keys. Without one they are private."
ADDRESSING = "`virtual`, as AWS has it, or `path`, as most other stores do."


class _BucketShape(Shape):
    """A bucket's fields, and apart from them its key."""

    @property
    def own_fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.validated_data.items() if name not in KEY_FIELDS}

    @property
    def key(self) -> NewKey:
        return NewKey(**{name: self.validated_data.get(name, "") for name in KEY_FIELDS})


class NewBucket(_BucketShape):
    """A bucket to be. A blank system code is made from the name."""

    displayName = Text(source="display_name")
    systemCode = TextOrNothing(source="system_code", help_text="What addresses of pages call it.")
    description = TextOrNothing()
    bucketName = Text(source="bucket_name", help_text="Its name in S3.")
    region = Text()
    accessKeyId = Text(source="access_key_id")
    secretAccessKey = Text(source="secret_access_key")
    cloudfrontBaseUrl = TextOrNothing(source="cloudfront_base_url", help_text=CDN)
    rootPath = TextOrNothing(source="root_path", help_text="Nobody gets out of it, administrators included.")
    endpointUrl = TextOrNothing(source="endpoint_url", help_text="For a store that is not AWS.")
    addressingStyle = Text(source="addressing_style", required=False, help_text=ADDRESSING)


class BucketChange(_BucketShape, Changes):
    """What of a bucket is to be different. A blank key keeps what is stored."""

    displayName = Text(source="display_name", required=False)
    systemCode = TextOrNothing(source="system_code", help_text="What addresses of pages call it.")
    description = TextOrNothing()
    bucketName = Text(source="bucket_name", required=False, help_text="Its name in S3.")
    region = Text(required=False)
    accessKeyId = TextOrNothing(source="access_key_id")
    secretAccessKey = TextOrNothing(source="secret_access_key")
    cloudfrontBaseUrl = TextOrNothing(source="cloudfront_base_url", help_text=CDN)
    rootPath = TextOrNothing(source="root_path", help_text="Nobody gets out of it, administrators included.")
    endpointUrl = TextOrNothing(source="endpoint_url", help_text="For a store that is not AWS.")
    addressingStyle = Text(source="addressing_style", required=False, help_text=ADDRESSING)


class RegisteredBucket(serializers.Serializer[Any]):
    """A bucket, without its key. The counts are null until all of it was listed once, and leave thumbnails out."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()
    description = serializers.CharField()
    system_code = serializers.CharField()
    bucket_name = serializers.CharField()
    region = serializers.CharField()
    file_count = serializers.IntegerField(source="files_listed", allow_null=True)
    total_size = serializers.IntegerField(source="bytes_listed", allow_null=True)
    cloudfront_base_url = serializers.SerializerMethodField(allow_null=True)

    def get_cloudfront_base_url(self, bucket: Any) -> str | None:
        """None for a private bucket."""
        return bucket.cloudfront_base_url or None


class FlushedRows(serializers.Serializer[Any]):
    """How many rows were forgotten, under the names clients know."""

    resource_cache = serializers.IntegerField(source="entries")
    url_cache = serializers.IntegerField(source="links")
    folder_index = serializers.IntegerField(source="folders")


class Flushed(serializers.Serializer[Any]):
    """What was forgotten."""

    deleted = FlushedRows()
