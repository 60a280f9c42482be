"""What the wire's doors to files take and answer."""

from typing import Any, ClassVar

from rest_framework import serializers

from buckets.paths import KEY_BYTES
from files.deletion import Outcome
from files.entries import EntryView
from files.settling import Held
from files.slices import MOST
from files.uploads import Presigned
from mediabridge.wire.shapes import Text, Texts, Truth, Whole


class ChangedObject(serializers.Serializer[None]):
    """An object as S3 names it: bucket and full key, plain."""

    bucket_name = Text(max_length=255, allow_blank=False)
    key = Text(max_length=KEY_BYTES, trim_whitespace=False, allow_blank=False)


class Stretch(serializers.Serializer[None]):
    """Which entries of which folder: by number, or behind a cursor, which may be empty for the beginning."""

    prefix = Text(
        default="", trim_whitespace=False, help_text="The folder, relative to the bucket's `root_path`."
    )
    limit = serializers.IntegerField(default=20, min_value=1, max_value=MOST)
    offset = serializers.IntegerField(
        default=0, min_value=0, max_value=2**31, help_text="How many entries to skip. Nothing with a cursor."
    )
    cursor = Text(
        required=False,
        help_text="Empty for the beginning, then each time the `nextCursor` of the answer before: for huge folders.",
    )


class Keys(serializers.Serializer[None]):
    """Files by their full keys."""

    keys = Texts(help_text="Full keys, 50,000 at most.")


class Doomed(serializers.Serializer[None]):
    """What to delete: one file by its full key, or several."""

    also_holds: ClassVar = {"minProperties": 1, "maxProperties": 1}

    s3Key = Text(
        required=False, trim_whitespace=False, allow_blank=False, help_text="One file, by its full key."
    )
    s3Keys = Texts(
        required=False, help_text="Instead of `s3Key`: several files by their full keys, 10,000 at most."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError({"s3Key": "Send s3Key, or s3Keys for several files."})
        return attrs


class Named(serializers.Serializer[None]):
    """A file in a folder of a bucket."""

    bucketId = Text(allow_blank=False)
    path = Text(
        default="", trim_whitespace=False, help_text="The folder, relative to the bucket's `root_path`."
    )
    filename = Text(trim_whitespace=False)


class OfferedFile(Named):
    """A file to upload there."""

    size = Whole(help_text="In bytes. S3 takes exactly so many.")
    contentType = Text(default="", trim_whitespace=False)
    createOnly = Truth(
        default=False, help_text="S3 is to refuse the upload (412) if the name is taken by then."
    )


class EntryRow(serializers.Serializer[Any]):
    """A file or folder as programs see it. Folders have no size and no time."""

    resource_name = serializers.CharField(source="name")
    type = serializers.ChoiceField(choices=["file", "folder"], source="kind")
    uploaded_at = serializers.DateTimeField(source="modified_at", allow_null=True)
    file_size = serializers.IntegerField(source="size", allow_null=True)

    def to_representation(self, instance: EntryView) -> dict[str, Any]:
        """By hand: a thousand rows of fields that need no thought would take longer than finding them."""
        moment = instance.modified_at
        return {
            "resource_name": instance.name,
            "type": instance.kind.value,
            "uploaded_at": moment.isoformat().replace("+00:00", "Z") if moment else None,
            "file_size": instance.size,
        }


class FolderPart(serializers.Serializer[Any]):
    """A stretch of a folder: folders first, then the newest files."""

    items = EntryRow(many=True)
    total = serializers.IntegerField(help_text="How many entries the whole folder has, exactly.")
    fromCache = serializers.BooleanField(help_text="Whether S3 was not asked for this.")
    nextCursor = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Only where a cursor was sent: the one for what follows, null at the end.",
    )


class FileLinks(serializers.Serializer[Any]):
    """Where a file and its thumbnail are fetched."""

    file_url = serializers.CharField(help_text="Of a private bucket: good for six days at least.")
    thumbnail_url = serializers.CharField(help_text="The thumbnail may not exist yet.")


class SignedUpload(serializers.Serializer[Any]):
    """Where to PUT a file, and where it will be."""

    presignedUrl = serializers.CharField(
        help_text="Good for 300 seconds. PUT the file there with its Content-Type and `Content-Disposition: inline`;"
        " with `createOnly` also `If-None-Match: *`."
    )
    cloudfrontUrl = serializers.CharField(
        allow_null=True,
        help_text="Of a private bucket: a link that is good for seven days. Null, as the next, for a personal token that"
        " may not read.",
    )
    thumbnailUrl = serializers.CharField(allow_null=True)
    filename = serializers.CharField()


class Arrival(serializers.Serializer[Any]):
    """What S3 holds under a name."""

    filename = serializers.CharField()
    present = serializers.BooleanField()
    size = serializers.IntegerField(allow_null=True)
    etag = serializers.CharField(allow_null=True)


class Deletion(serializers.Serializer[Any]):
    """What became of one of several files. The code is what its deletion alone would have been answered with."""

    s3Key = serializers.CharField()
    deleted = serializers.BooleanField()
    code = serializers.ChoiceField(
        choices=["NOT_FOUND", "S3_ACCESS_DENIED", "S3_UNAVAILABLE"], allow_null=True
    )
    message = serializers.CharField(allow_null=True)


class Deletions(serializers.Serializer[Any]):
    """Each of several files, where several were to be deleted. Of a single one nothing is said."""

    items = Deletion(many=True, required=False)


def shown_upload(upload: Presigned) -> dict[str, str | None]:
    """A signed upload, as programs know it."""
    return {
        "presignedUrl": upload.url,
        "cloudfrontUrl": upload.links.file if upload.links else None,
        "thumbnailUrl": upload.links.thumbnail if upload.links else None,
        "filename": upload.name,
    }


def shown_arrival(filename: str, held: Held) -> dict[str, Any]:
    """What S3 holds under a name."""
    return {"filename": filename, "present": held.is_present, "size": held.size, "etag": held.etag or None}


def shown_outcome(key: str, outcome: Outcome) -> dict[str, Any]:
    """What became of one of several files, with the code its deletion alone would have been answered with."""
    if outcome.deleted:
        return {"s3Key": key, "deleted": True, "code": None, "message": None}
    denied = "S3_ACCESS_DENIED" if outcome.code == "AccessDenied" else "S3_UNAVAILABLE"
    code = "NOT_FOUND" if outcome.was_gone else denied
    return {"s3Key": key, "deleted": False, "code": code, "message": outcome.reason}
