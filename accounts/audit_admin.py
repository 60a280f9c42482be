"""The audit log in the admin."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from accounts.models import AuditEntry
from mediabridge.audited_admin import ReadOnlyAdmin, to_the_second


class AuditAdmin(ReadOnlyAdmin):
    """The audit log: to be read, searched and filtered, and nothing else."""

    list_display = ("happened", "what", "result", "who", "bucket_code", "subject", "address")
    list_filter = ("operation", "outcome", "at")
    search_fields = ("actor_name", "actor_email", "bucket_code", "path", "ip")
    search_help_text = "Name, e-mail, bucket code, path or IP address"
    fields = ("happened", "what", "result", "who", "bucket_code", "path", "address", "detail")
    ordering = ("-id",)
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_before_template = "admin/accounts/audit_exports.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with the way to the activity page, which knows more filters, and exports."""
        kept = {name: request.GET.get(f"{name}__exact", "") for name in ("operation", "outcome")}
        query = urlencode({name: value for name, value in kept.items() if value})
        href = reverse("activity") + (f"?{query}" if query else "")
        return super().changelist_view(request, {**(extra_context or {}), "activity_href": href})

    @display(description="at", ordering="at")
    def happened(self, entry: AuditEntry) -> str:
        return to_the_second(entry.at)

    @display(description="what", ordering="operation")
    def what(self, entry: AuditEntry) -> str:
        return entry.get_operation_display()

    @display(
        description="result",
        ordering="outcome",
        label={"done": "success", "refused": "warning", "failed": "danger"},
    )
    def result(self, entry: AuditEntry) -> str:
        return entry.get_outcome_display()

    @display(description="about", ordering="path")
    def subject(self, entry: AuditEntry) -> str:
        return entry.subject

    @display(description="IP address", ordering="ip")
    def address(self, entry: AuditEntry) -> str:
        return entry.ip or ""

    @display(description="who", ordering="actor_email")
    def who(self, entry: AuditEntry) -> str:
        return f"{entry.actor_name} <{entry.actor_email}>" if entry.actor_email else "nobody"
