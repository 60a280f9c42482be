"""What the wire's doors to the archive say of themselves."""

from typing import Final

from accounts.rules import Invalid, Taken
from mediabridge.wire.described import Described, Descriptions
from mediabridge.wire.shapes import Stretch
from restore.owners import NoSuchKey
from restore.serializers import KeyRow, NewKey, RequestsPart

TAG: Final = "Administration: archive"
KEY: Final = {
    "id": "b7a1f6c2-0d0e-4c7c-8f53-7b1f0e1d2c3a",
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "email": "rita@example.com",
    "owner_name": "Rita Reader",
    "notes": "Her laptop",
    "created_at": "2026-03-01T09:30:00Z",
}

KEYS: Final[Descriptions] = {
    "GET": Described("listAwsKeys", TAG, "List whose AWS key is whose", gives=KeyRow(many=True), given=[KEY]),
    "POST": Described(
        "addAwsKey",
        TAG,
        "Say whose AWS key this is",
        "Whoever asks AWS for an archived file with it is told by mail when the file is there.",
        takes=NewKey,
        sent={
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "email": "rita@example.com",
            "ownerName": "Rita Reader",
            "notes": "Her laptop",
        },
        gives=KeyRow,
        given=KEY,
        raises=(
            Invalid("email", "This is not an e-mail address."),
            Taken("accessKeyId", "This key has an owner."),
        ),
    ),
}
ONE_KEY: Final[Descriptions] = {
    "DELETE": Described("removeAwsKey", TAG, "Forget whose AWS key this is", raises=(NoSuchKey,))
}
REQUESTS: Final[Descriptions] = {
    "GET": Described(
        "listRestoreRequests",
        TAG,
        "List what is being restored",
        "Newest first. Whose `email` is null, nobody is told. Ignored requests are neither shown nor counted.",
        asks=Stretch,
        asked={"limit": 20},
        gives=RequestsPart,
        given={
            "items": [
                {
                    "id": "0e5b3a6d-9a77-4b8e-8d4f-2c1b0a9f8e7d",
                    "s3_bucket": "studio-archive",
                    "s3_key": "2019/harbour/master.mov",
                    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
                    "email": "rita@example.com",
                    "user_resolved": True,
                    "restore_status": "pending",
                    "pre_notified": True,
                    "post_notified": False,
                    "requested_at": "2026-03-01T09:30:00Z",
                    "restored_at": None,
                }
            ],
            "total": 1,
            "pending_count": 1,
            "restored_count": 0,
            "not_started_count": 0,
        },
    )
}
