"""What the wire's doors for administrators to people say of themselves."""

from typing import Final

from accounts.admin_serializers import AuditPart, AuditStretch, Person, PersonChange, PersonRow
from accounts.descriptions import PASSWORD, TAKEN
from accounts.people import NoSuchPerson
from accounts.rules import NAME_MISSING, Invalid
from mediabridge.wire.described import Described, Descriptions

TAG: Final = "Administration: people"
MARK: Final = {
    "id": "8c1d7a52-31f0-4a5e-9a53-0f6f2b0c7e11",
    "name": "Mark Eting",
    "email": "mark@example.com",
    "is_admin": False,
    "created_at": "2026-03-01T09:30:00Z",
}
INVALID: Final = Invalid("name", NAME_MISSING)

PEOPLE: Final[Descriptions] = {
    "GET": Described("listUsers", TAG, "List everybody", gives=PersonRow(many=True), given=[MARK]),
    "POST": Described(
        "addUser",
        TAG,
        "Add somebody",
        takes=Person,
        sent={"name": "Mark Eting", "email": "mark@example.com", "password": PASSWORD, "isAdmin": False},
        gives=PersonRow,
        given=MARK,
        raises=(INVALID, TAKEN),
    ),
}
ONE: Final[Descriptions] = {
    "PATCH": Described(
        "changeUser",
        TAG,
        "Change somebody",
        "What is left out stays as it is. A new password ends all their sessions.",
        takes=PersonChange,
        sent={"name": "Mark Eting-Gray"},
        gives=PersonRow,
        given={**MARK, "name": "Mark Eting-Gray"},
        raises=(NoSuchPerson, INVALID, TAKEN),
    ),
    "DELETE": Described(
        "removeUser",
        TAG,
        "Remove somebody",
        "The audit log keeps what it knows of them, and their e-mail is free again. The last administrator stays.",
        raises=(NoSuchPerson, Invalid("is_active", "This is the last administrator.")),
    ),
}
AUDIT: Final[Descriptions] = {
    "GET": Described(
        "listAudit",
        TAG,
        "Read what was done with files",
        "Newest first. Handing out a link is a `GET`, signing an upload a `PUT`.",
        asks=AuditStretch,
        asked={"limit": 20, "operation": "DELETE"},
        gives=AuditPart,
        given={
            "items": [
                {
                    "id": "4711",
                    "user_name": "Mark Eting",
                    "user_email": "mark@example.com",
                    "operation": "DELETE",
                    "path": "projects/marketing/spring/draft.png",
                    "ip": "203.0.113.7",
                    "created_at": "2026-03-02T14:05:12.482913Z",
                }
            ],
            "total": 1,
        },
    )
}
