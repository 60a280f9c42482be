"""What the wire's doors for administrators to buckets, and to what is stored of them, say of themselves."""

from typing import Final

from accounts.rules import Invalid, Taken
from buckets.access import NoSuchBucket
from buckets.paths import Malformed
from files.admin_serializers import BucketChange, Flushed, NewBucket, RegisteredBucket
from mediabridge.wire.described import Described, Descriptions, Problem

TAG: Final = "Administration: buckets"
PRESS: Final = {
    "id": "3f0c2d5e-7a44-4f0b-8a0e-5d2c9b1e6a70",
    "display_name": "Press and campaigns",
    "description": "Pictures for newspapers",
    "system_code": "PRESS",
    "bucket_name": "press-and-campaigns",
    "region": "eu-central-1",
    "file_count": 48213,
    "total_size": 91205771264,
    "cloudfront_base_url": "https://d111111abcdef8.cloudfront.net",
}
REFUSED: Final[tuple[Problem, ...]] = (
    Invalid("bucketName", "A bucket's name has 3 to 63 characters."),
    Malformed("rootPath", "A path can't contain an empty part."),
    Taken("systemCode", "Another bucket has this code."),
)

BUCKETS: Final[Descriptions] = {
    "GET": Described(
        "listRegisteredBuckets",
        TAG,
        "List every bucket",
        "Counts are null until all of a bucket was listed once. Keys never leave the server.",
        gives=RegisteredBucket(many=True),
        given=[PRESS],
    ),
    "POST": Described(
        "registerBucket",
        TAG,
        "Register a bucket",
        takes=NewBucket,
        sent={
            "displayName": "Press and campaigns",
            "systemCode": "PRESS",
            "description": "Pictures for newspapers",
            "bucketName": "press-and-campaigns",
            "region": "eu-central-1",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "cloudfrontBaseUrl": "https://d111111abcdef8.cloudfront.net",
            "rootPath": "",
        },
        gives=RegisteredBucket,
        given={**PRESS, "file_count": None, "total_size": None},
        raises=REFUSED,
    ),
}
BUCKET: Final[Descriptions] = {
    "PATCH": Described(
        "changeBucket",
        TAG,
        "Change a bucket, or its key",
        "What is left out stays as it is. Another endpoint, or another bucket, asks for the secret again.",
        takes=BucketChange,
        sent={
            "accessKeyId": "AKIAI44QH8DHBEXAMPLE",
            "secretAccessKey": "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
        },
        gives=RegisteredBucket,
        given=PRESS,
        raises=(NoSuchBucket, *REFUSED),
    ),
    "DELETE": Described(
        "removeBucket",
        TAG,
        "Take a bucket out",
        "S3 is left alone: its files stay. Its name and code are free again.",
        raises=(NoSuchBucket,),
    ),
}
CACHE: Final[Descriptions] = {
    "DELETE": Described(
        "flush",
        TAG,
        "Forget every stored listing and link",
        "All is asked of S3 again. The answer counts entries, links and folders.",
        gives=Flushed,
        given={"deleted": {"resource_cache": 48213, "url_cache": 310, "folder_index": 1204}},
    )
}
