"""What the wire's doors to files say of themselves."""

from typing import Final

from rest_framework.serializers import DictField

from buckets.access import NoSuchBucket
from buckets.credentials import BadSeal
from buckets.paths import Malformed, OutOfBounds
from buckets.s3.errors import ObjectMissing, S3AccessDenied, S3Error, S3Unavailable
from files.deletion import OBJECT_LIMIT
from files.links import KEYS_LIMIT
from files.refusals import DeleteNotAllowed, NotAllowed, TooMany
from files.serializers import (
    Arrival,
    ChangedObject,
    Deletions,
    Doomed,
    FileLinks,
    FolderPart,
    Keys,
    Named,
    OfferedFile,
    SignedUpload,
    Stretch,
)
from files.settling import BATCH_LIMIT
from files.wanted import CannotUpload, FileTooLarge, NameReserved, NameTaken
from mediabridge.wire import webhooks
from mediabridge.wire.described import Described, Descriptions, Problem
from mediabridge.wire.errors import FORCED_OUT

TAG: Final = "Files"
BUCKET_ID: Final = "3f0c2d5e-7a44-4f0b-8a0e-5d2c9b1e6a70"
KEY: Final = "projects/marketing/spring/poster.png"
CDN: Final = "https://d111111abcdef8.cloudfront.net/projects/marketing/spring"


def in_reach(field: str) -> tuple[Problem, ...]:
    """What a call into a bucket can end in: somewhere else than one may be, or with a store that doesn't play along."""
    odd = Malformed(field, "A path can't contain an empty part.")
    return (NoSuchBucket, OutOfBounds, FORCED_OUT, odd, S3AccessDenied, S3Error, S3Unavailable, BadSeal)


FILES: Final[Descriptions] = {
    "GET": Described(
        "listFiles",
        TAG,
        "List a folder",
        "Folders come first, then the newest files; names break ties. `total` is exact: the answer waits until the folder is"
        " listed to its end. A folder that isn't there has no entries.",
        asks=Stretch,
        asked={"prefix": "spring/", "limit": 20},
        gives=FolderPart,
        given={
            "items": [
                {"resource_name": "drafts", "type": "folder", "uploaded_at": None, "file_size": None},
                {
                    "resource_name": "poster.png",
                    "type": "file",
                    "uploaded_at": "2026-03-01T12:00:00Z",
                    "file_size": 482133,
                },
            ],
            "total": 2,
            "fromCache": True,
        },
        raises=in_reach("prefix"),
    ),
    "DELETE": Described(
        "deleteFiles",
        TAG,
        "Delete files",
        "One by `s3Key`, or several by `s3Keys`; their thumbnails go along. Of several each has an outcome in the answer.",
        takes=Doomed,
        sent={"s3Key": KEY},
        gives=Deletions,
        raises=(*in_reach("s3Key"), ObjectMissing, DeleteNotAllowed("delete"), TooMany(OBJECT_LIMIT)),
    ),
}
URLS: Final[Descriptions] = {
    "POST": Described(
        "getUrls",
        TAG,
        "Get links to files",
        "By full key. Keys of files that aren't there are left out of the answer.",
        takes=Keys,
        sent={"keys": [KEY]},
        gives=DictField(child=FileLinks()),
        given={KEY: {"file_url": f"{CDN}/poster.png", "thumbnail_url": f"{CDN}/t-poster.png"}},
        raises=(*in_reach("keys"), TooMany(KEYS_LIMIT)),
    )
}
PRESIGN: Final[Descriptions] = {
    "POST": Described(
        "presignUploads",
        "Uploading",
        "Get signed addresses to upload to",
        "For all files, in the same order, or for none. Their buckets may differ.",
        takes=OfferedFile(many=True),
        sent=[
            {
                "bucketId": BUCKET_ID,
                "path": "spring/",
                "filename": "poster.png",
                "size": 482133,
                "contentType": "image/png",
            }
        ],
        gives=SignedUpload(many=True),
        given=[
            {
                "presignedUrl": f"https://press.s3.eu-central-1.amazonaws.com/{KEY}?X-Amz-Signature=5f0c",
                "cloudfrontUrl": f"{CDN}/poster.png",
                "thumbnailUrl": f"{CDN}/t-poster.png",
                "filename": "poster.png",
            }
        ],
        raises=(
            *in_reach("path"),
            NotAllowed("upload"),
            TooMany(BATCH_LIMIT),
            CannotUpload("filename", "Invalid filename: A name can't be empty.", "INVALID"),
            FileTooLarge("size", "“poster.png”: This file is too large: 25 MB are the limit.", "TOO_LARGE"),
            NameTaken("filename", "“poster.png”: There is a file with this name already.", "TAKEN"),
            NameReserved("filename", "“t-poster.png”: This name is kept for a thumbnail.", "RESERVED_NAME"),
        ),
    )
}
CONFIRM: Final[Descriptions] = {
    "POST": Described(
        "confirmUploads",
        "Uploading",
        "Ask what has arrived",
        "What S3 holds under each name, in the same order. The folders are right at once.",
        takes=Named(many=True),
        sent=[{"bucketId": BUCKET_ID, "path": "spring/", "filename": "poster.png"}],
        gives=Arrival(many=True),
        given=[
            {
                "filename": "poster.png",
                "present": True,
                "size": 482133,
                "etag": "9b2cf535f27731c974343645a3985328",
            }
        ],
        raises=(*in_reach("path"), TooMany(BATCH_LIMIT)),
    )
}
EVICT: Final[Descriptions] = {
    "POST": Described(
        "evict",
        "Webhooks",
        "Say that an object changed",
        "The next listing of its folder asks S3. Saying it twice is harmless, and so is a bucket nobody registered. Send the"
        " secret, or sign: then the timestamp and the signature, and no secret.",
        takes=ChangedObject,
        sent={"bucket_name": "press-and-campaigns", "key": KEY},
        raises=webhooks.RAISES,
        lets_in=({"evictSecret": []}, {"webhookTimestamp": [], "webhookSignature": []}),
    )
}
