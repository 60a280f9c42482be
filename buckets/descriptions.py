"""What the wire's door to buckets says of itself."""

from typing import Final

from buckets.serializers import BucketRow
from mediabridge.wire.described import Described, Descriptions

BUCKET_ID: Final = "3f0c2d5e-7a44-4f0b-8a0e-5d2c9b1e6a70"

BUCKETS: Final[Descriptions] = {
    "GET": Described(
        "listBuckets",
        "Files",
        "List the buckets one may use",
        gives=BucketRow(many=True),
        given=[
            {
                "id": BUCKET_ID,
                "display_name": "Press and campaigns",
                "description": "Pictures for newspapers",
                "cloudfront_base_url": "https://d111111abcdef8.cloudfront.net",
                "root_path": "projects/marketing/",
                "allow_delete": False,
                "allow_upload": True,
            }
        ],
    )
}
