"""Personal tokens in the admin: whose there are and what they may. They are made by their owners alone, and revoked here.

Registered in `mediabridge.admin`.
"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts import personal_tokens
from accounts.models import PersonalToken
from buckets.models import Bucket
from buckets.tokens import STATES
from mediabridge.audited_admin import Act, ReadOnlyAdmin, admin_of, to_the_second
from mediabridge.wire.client_ip import client_ip


class UseFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("in-use", "In use"), ("over", "Over")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[PersonalToken]
    ) -> QuerySet[PersonalToken] | None:
        """As `PersonalToken.why_over` says of one."""
        living = Q(ended_at=None, expires_at__gt=timezone.now(), epoch=F("user__epoch"))
        living &= Q(user__is_active=True, user__locked_at=None)
        chosen = {"in-use": living, "over": ~living}.get(self.value() or "")
        return queryset.filter(chosen) if chosen else queryset


class TokenAdmin(ReadOnlyAdmin):
    """Everybody's tokens. What they are for stands here; the token itself nobody can be told."""

    change_form_outer_before_template = "admin/acts.html"
    list_display = ("name", "prefix", "user", "may", "expires", "last_used", "state")
    list_filter = (UseFilter,)
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__name", "user__email")
    search_help_text = "Name, beginning of the token, or its owner's name or e-mail"
    fields = ("name", "prefix", "user", "may", "where", "made", "expires", "last_used", "address", "state")
    actions: ClassVar = ["revoke"]

    @display(description="begins with", ordering="hint")
    def prefix(self, token: PersonalToken) -> str:
        return f"{token.hint}…"

    @display(description="may")
    def may(self, token: PersonalToken) -> str:
        return ", ".join(token.acts)

    @display(description="in")
    def where(self, token: PersonalToken) -> str:
        if token.all_buckets:
            return "all buckets of its owner"
        titles = Bucket.objects.filter(pk__in=token.bucket_ids).values_list("display_name", flat=True)
        return ", ".join(titles) or "buckets that are gone"

    @display(description="made", ordering="created_at")
    def made(self, token: PersonalToken) -> str:
        return to_the_second(token.created_at)

    @display(description="expires", ordering="expires_at")
    def expires(self, token: PersonalToken) -> str:
        return to_the_second(token.expires_at)

    @display(description="last used", ordering="last_used_at")
    def last_used(self, token: PersonalToken) -> str:
        return to_the_second(token.last_used_at) if token.last_used_at else "never"

    @display(description="from")
    def address(self, token: PersonalToken) -> str:
        return token.last_used_ip or ""

    @display(description="state", label={STATES[""]: "success", STATES["expired"]: "warning"})
    def state(self, token: PersonalToken) -> str:
        return STATES[token.why_over(now=timezone.now())]

    def acts_for(self, request: HttpRequest, obj: PersonalToken) -> list[Act]:
        if obj.why_over(now=timezone.now()):
            return []
        url = reverse("admin:accounts_personaltoken_revoke", args=[obj.pk])
        return [Act("Revoke", url, "block", kind="danger")]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.revoke_view))
        return [
            path("<uuid:token_id>/revoke/", view, name="accounts_personaltoken_revoke"),
            *super().get_urls(),
        ]

    def revoke_view(self, request: HttpRequest, token_id: Any) -> HttpResponse:
        self.revoke(request, self.get_queryset(request).filter(pk=token_id))
        return HttpResponseRedirect(reverse("admin:accounts_personaltoken_changelist"))

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, queryset: QuerySet[PersonalToken]) -> None:
        for token in queryset.select_related("user"):
            personal_tokens.revoke(
                user=token.user,
                token_id=token.pk,
                by=admin_of(request),
                ip=client_ip(request),
                now=timezone.now(),
            )
            messages.success(request, f"{token} of {token.user.name} is revoked.")
