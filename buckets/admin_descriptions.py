"""What the wire's doors for administrators to assignments say of themselves."""

from typing import Final

from accounts.people import NoSuchPerson
from accounts.rules import Taken
from buckets.access import NoSuchBucket
from buckets.admin_serializers import AssignmentRow, ChangedPlace, NewPlace, Whom
from buckets.assigning import NotAssigned
from buckets.descriptions import BUCKET_ID
from buckets.paths import Malformed
from mediabridge.wire.described import Described, Descriptions

TAG: Final = "Administration: buckets"
USER_ID: Final = "8c1d7a52-31f0-4a5e-9a53-0f6f2b0c7e11"
WHOM: Final = {"userId": USER_ID, "bucketId": BUCKET_ID}
PLACE: Final = {
    "user_id": USER_ID,
    "user_name": "Mark Eting",
    "user_email": "mark@example.com",
    "bucket_id": BUCKET_ID,
    "bucket_name": "press-and-campaigns",
    "system_code": "PRESS",
    "assigned_at": "2026-03-01T09:30:00Z",
    "allow_delete": False,
}
ODD_ROOT: Final = Malformed("rootPath", "A path can't contain an empty part.")

ASSIGNMENTS: Final[Descriptions] = {
    "GET": Described(
        "listAssignments", TAG, "List who may use which bucket", gives=AssignmentRow(many=True), given=[PLACE]
    )
}
ASSIGN: Final[Descriptions] = {
    "POST": Described(
        "assign",
        TAG,
        "Give somebody a place in a bucket",
        "Without `rootPath` it is all that the bucket's own root leaves.",
        takes=NewPlace,
        sent={**WHOM, "rootPath": "projects/marketing/", "allowDelete": False},
        gives=AssignmentRow,
        given=PLACE,
        raises=(
            NoSuchPerson,
            NoSuchBucket,
            ODD_ROOT,
            Taken("bucketId", "This person has a place there already."),
        ),
    ),
    "PATCH": Described(
        "changeAssignment",
        TAG,
        "Change somebody's place or rights",
        "What is left out stays as it is.",
        takes=ChangedPlace,
        sent={**WHOM, "allowDelete": True},
        gives=AssignmentRow,
        given={**PLACE, "allow_delete": True},
        raises=(NotAssigned, ODD_ROOT),
    ),
    "DELETE": Described(
        "withdraw", TAG, "Take somebody's place away", takes=Whom, sent=WHOM, raises=(NotAssigned,)
    ),
}
