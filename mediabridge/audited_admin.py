"""What every admin page of ours has: changes go to the audit log, and acts are buttons that post."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from unfold.admin import ModelAdmin

from accounts.audit import Operation, note
from accounts.models import AuditEntry, User
from mediabridge.wire.client_ip import client_ip


@dataclass(frozen=True)
class Act:
    """A button above the form of one object. `kind` is plain or danger."""

    label: str
    url: str
    icon: str
    kind: str = "plain"


class AuditedAdmin(ModelAdmin):  # type: ignore[misc]
    """A model admin that writes to our audit log instead of Django's."""

    change_form_outer_before_template: str | None = "admin/acts.html"
    list_display: Sequence[str] = ()
    warn_unsaved_form = True
    list_filter_sheet = False
    list_fullwidth = True

    def acts_for(self, request: HttpRequest, obj: Any) -> list[Act]:
        """The buttons above the form of `obj`."""
        return []

    def about(self, obj: Any) -> dict[str, Any]:
        """What else the audit entry says of `obj`: keyword arguments of `note`."""
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        obj = self.get_object(request, object_id)
        acts = self.acts_for(request, obj) if obj else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "acts": acts})

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        self.note(request, Operation.ADMIN_ADDED, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        self.note(request, Operation.ADMIN_CHANGED, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.note(request, Operation.ADMIN_REMOVED, obj, [])

    def note(
        self, request: HttpRequest, operation: AuditEntry.Operation, obj: Model, changes: Any = None
    ) -> None:
        """Records what the administrator did to `obj`. `changes` names fields, never their values."""
        note(
            obj,
            by=admin_of(request),
            operation=operation,
            changes=changes,
            ip=client_ip(request),
            **self.about(obj),
        )


class ReadOnlyAdmin(AuditedAdmin):
    """What administrators may look at, and nobody writes by hand."""

    change_form_outer_before_template: str | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def admin_of(request: HttpRequest) -> User:
    """The administrator who acts."""
    user = request.user
    assert isinstance(user, User), "the admin asks for a session"
    return user


def to_the_second(moment: datetime) -> str:
    """`moment` as the admin's lists show it, in one line."""
    return date_format(localtime(moment), "j M Y, H:i:s")
