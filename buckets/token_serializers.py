"""What the wire's doors to personal tokens take and answer."""

from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import PersonalToken
from accounts.scopes import ACTS
from buckets.tokens import STATES
from mediabridge.wire.shapes import Shape, Text, Texts, Truth, Whole

ACTIVE: Final = "active"
STATE_NAMES: Final = [ACTIVE, *(state for state in STATES if state)]


class NewToken(Shape):
    """A token to make."""

    name = Text(help_text="What it is for.")
    operations = Texts(source="acts", help_text=f"Of {', '.join(f'`{act}`' for act in ACTS)}.")
    bucketIds = Texts(
        source="bucket_ids", required=False, allow_null=True, help_text="The buckets it is for."
    )
    allBuckets = Truth(
        source="all_buckets",
        default=False,
        help_text="Instead of `bucketIds`: all one may use, also later ones.",
    )
    expiresInDays = Whole(
        source="days", help_text="After so many days it works no longer. The operator sets the most."
    )


class TokenRow(serializers.Serializer[Any]):
    """A token. Nothing but its making ever tells the token itself."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField(source="hint", help_text="How the token begins.")
    operations = serializers.ListField(child=serializers.ChoiceField(choices=ACTS), source="acts")
    all_buckets = serializers.BooleanField()
    bucket_ids = serializers.ListField(child=serializers.UUIDField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    last_used_ip = serializers.CharField(allow_null=True)
    state = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string", "enum": STATE_NAMES})
    def get_state(self, token: PersonalToken) -> str:
        """`active`, or why it works no longer."""
        return token.why_over(now=timezone.now()) or ACTIVE


class MadeToken(TokenRow):
    """A new token. `token` is what a program sends; nobody can be told it again."""

    token = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = TokenRow(instance.token).data
        return {**shown, "token": instance.text}
