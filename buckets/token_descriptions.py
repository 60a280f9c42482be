"""What the wire's doors to personal tokens say of themselves."""

from typing import Final

from accounts.personal_tokens import NoSuchToken
from accounts.rules import Invalid
from buckets.access import NoSuchBucket
from buckets.descriptions import BUCKET_ID
from buckets.token_serializers import MadeToken, NewToken, TokenRow
from buckets.tokens import WHICH_BUCKETS
from mediabridge.wire.described import Described, Descriptions

TAG: Final = "Personal tokens"
TOKEN: Final = {
    "id": "5b0e7c64-30d1-4b5e-9d0c-0a54d1f2c9ab",
    "name": "Nightly backup",
    "prefix": "mbp_4Fd9aK",
    "operations": ["read"],
    "all_buckets": False,
    "bucket_ids": [BUCKET_ID],
    "created_at": "2026-03-01T09:30:00Z",
    "expires_at": "2026-05-30T09:30:00Z",
    "last_used_at": None,
    "last_used_ip": None,
    "state": "active",
}

TOKENS: Final[Descriptions] = {
    "GET": Described(
        "listTokens",
        TAG,
        "List one's personal tokens",
        "Newest first. One that ended stands there for 30 days more, with the reason. No token can ask this.",
        gives=TokenRow(many=True),
        given=[TOKEN],
    ),
    "POST": Described(
        "makeToken",
        TAG,
        "Make a personal token",
        "For a program of one's own: it may do what it is made for, in the buckets it is made for, and never more than its"
        " owner at that moment. The answer alone tells it. A new password, a disabled account and a request out of one's"
        " folder end every token of theirs. No token can make another.",
        takes=NewToken,
        sent={
            "name": "Nightly backup",
            "operations": ["read"],
            "bucketIds": [BUCKET_ID],
            "expiresInDays": 90,
        },
        gives=MadeToken,
        given={**TOKEN, "token": "mbp_4Fd9aK…"},
        raises=(Invalid("bucketIds", WHICH_BUCKETS), NoSuchBucket),
    ),
}
ONE_TOKEN: Final[Descriptions] = {
    "DELETE": Described(
        "revokeToken",
        TAG,
        "Revoke a personal token",
        "Its next call is refused. Revoking it again changes nothing.",
        raises=(NoSuchToken,),
    )
}
