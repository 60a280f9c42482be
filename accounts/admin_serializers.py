"""What the wire's doors for administrators to people take and answer."""

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.audit import Operation
from mediabridge.wire.shapes import Changes, Shape, Stretch, Text, Truth

OPERATIONS: Final = {
    "GET": (Operation.LINK_COPIED, Operation.LINK_OPENED, Operation.DOWNLOADED),
    "PUT": (Operation.UPLOAD_SIGNED, Operation.OVERWRITE_SIGNED),
    "DELETE": (Operation.DELETED,),
}
"""What happened to files, in the three words of the wire. Handing out a link is a GET, and signing an upload is a PUT."""

_WORDS: Final = {operation: word for word, several in OPERATIONS.items() for operation in several}


class Person(Shape):
    """An account to be."""

    name = Text()
    email = Text()
    password = Text(trim_whitespace=False)
    isAdmin = Truth(source="is_admin", default=False)


class PersonChange(Changes):
    """What of an account is to be different."""

    name = Text(required=False)
    email = Text(required=False)
    password = Text(required=False, trim_whitespace=False)
    isAdmin = Truth(source="is_admin", required=False)


class PersonRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()
    is_admin = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class AuditStretch(Stretch):
    """Which entries: a stretch of all, or of those with one word."""

    operation = serializers.ChoiceField(choices=list(OPERATIONS), required=False)

    @property
    def operations(self) -> list[str]:
        """Our own names of what is asked for."""
        word = self.validated_data.get("operation")
        return [str(each) for each in (OPERATIONS[word] if word else _WORDS)]


class AuditRow(serializers.Serializer[Any]):
    """An entry. `path` is a full S3 key."""

    id = serializers.CharField()
    user_name = serializers.CharField(source="actor_name")
    user_email = serializers.CharField(source="actor_email")
    operation = serializers.SerializerMethodField()
    path = serializers.CharField(help_text="The full key of the file in S3.")
    ip = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField(source="at")

    @extend_schema_field(serializers.ChoiceField(choices=list(OPERATIONS)))
    def get_operation(self, entry: Any) -> str:
        return _WORDS[entry.operation]


class AuditPart(serializers.Serializer[Any]):
    """A stretch of the log, and how long all of it is."""

    items = AuditRow(many=True)
    total = serializers.IntegerField()
