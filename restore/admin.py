"""The archive in the admin. Registered in `mediabridge.admin`."""

from typing import ClassVar

from django import forms
from unfold.decorators import display

from accounts import rules
from accounts.rules import Invalid
from mediabridge.audited_admin import AuditedAdmin, ReadOnlyAdmin, to_the_second
from restore import owners
from restore.models import AwsKey, RestoreRequest


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """An access key's id and its owner. `restore.owners` decides."""

    class Meta:
        model = AwsKey
        fields = ("access_key_id", "email", "owner_name", "notes")
        error_messages: ClassVar = {
            "access_key_id": {"required": owners.NO_KEY_ID, "max_length": owners.NO_KEY_ID},
            "email": {
                "required": rules.NO_EMAIL,
                "invalid": rules.NO_EMAIL,
                "max_length": rules.EMAIL_TOO_LONG,
            },
            "owner_name": {"max_length": rules.NAME_TOO_LONG},
            "notes": {"max_length": owners.NOTES_TOO_LONG},
        }

    def _get_validation_exclusions(self) -> set[str]:
        """Whether the key has an owner already, the rules ask."""
        return {*super()._get_validation_exclusions(), "access_key_id"}  # type: ignore[misc]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            owners.check(self.instance)
        except Invalid as problem:
            self.add_error(problem.field, problem.reason)


class KeyAdmin(AuditedAdmin):
    form = KeyForm
    list_display = ("access_key_id", "email", "owner_name")
    search_fields = ("access_key_id", "email", "owner_name", "notes")


class RequestAdmin(ReadOnlyAdmin):
    """What is being restored: to be read and searched. The pipeline alone moves it on."""

    list_display = ("requested", "s3_bucket", "s3_key", "email", "status")
    list_filter = ("status", "requested_at")
    search_fields = ("s3_bucket", "s3_key", "access_key_id", "email")

    @display(description="requested", ordering="requested_at")
    def requested(self, request: RestoreRequest) -> str:
        return to_the_second(request.requested_at)
