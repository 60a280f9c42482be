"""People in the admin. Composed with other apps' parts, and registered, in `mediabridge.admin`."""

from functools import partial
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts import passwords, people, personal_tokens, rules, sessions
from accounts.audit import Operation
from accounts.models import User
from accounts.rules import Invalid
from accounts.tasks import link_url, send_password_link
from mediabridge.audited_admin import Act, AuditedAdmin, admin_of, to_the_second
from mediabridge.wire.client_ip import client_ip


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account. Nobody types a password here: people set their own by a one-time link."""

    class Meta:
        model = User
        fields = ("name", "email", "is_admin", "is_active")
        error_messages: ClassVar = {
            "name": {"required": rules.NAME_MISSING, "max_length": rules.NAME_TOO_LONG},
            "email": {
                "required": rules.NO_EMAIL,
                "invalid": rules.NO_EMAIL,
                "max_length": rules.EMAIL_TOO_LONG,
            },
        }

    def _get_validation_exclusions(self) -> set[str]:
        """Whether the e-mail is somebody else's, `people.check` asks."""
        return {*super()._get_validation_exclusions(), "email"}  # type: ignore[misc]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            people.check(self.instance, before=User.objects.filter(pk=self.instance.pk).first())
        except Invalid as problem:
            self.add_error(problem.field, problem.reason)


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    conditions: ClassVar = {
        "active": Q(is_active=True, locked_at__isnull=True),
        "locked": Q(locked_at__isnull=False),
        "disabled": Q(is_active=False),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in self.conditions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        condition = self.conditions.get(self.value() or "")
        return queryset.filter(condition) if condition else queryset


class PersonAdmin(AuditedAdmin):
    form = PersonForm
    list_display = ("name", "email", "role", "state", "last_seen")
    list_display_links = ("name", "email")
    list_filter = (StateFilter, "is_admin")
    search_fields = ("name", "email")
    ordering = ("name", "email")
    readonly_fields = ("state", "last_seen", "created_at", "tokens")
    actions = ("force_out", "unlock", "disable")
    fieldsets = (
        (None, {"fields": (("name", "email"), ("is_admin", "is_active"))}),
        ("Known", {"fields": (("state", "last_seen"), ("created_at", "tokens"))}),
    )
    add_fieldsets = ((None, {"fields": (("name", "email"), "is_admin")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.annotate(seen_at=Max("sessions__last_seen_at"))

    @display(description="role", ordering="is_admin", label={"Administrator": "info"})
    def role(self, user: User) -> str:
        return "Administrator" if user.is_admin else "Member"

    @display(
        description="state",
        label={"Active": "success", "Locked": "danger", "Disabled": "warning", "Invited": "info"},
    )
    def state(self, user: User) -> str:
        if not user.is_active:
            return "Disabled"
        if user.locked_at:
            return "Locked"
        return "Active" if user.has_usable_password() else "Invited"

    @display(description="last seen", ordering="seen_at", empty_value="never")
    def last_seen(self, user: User) -> str | None:
        seen_at = getattr(user, "seen_at", None)
        return to_the_second(seen_at) if seen_at else None

    @display(description="personal tokens")
    def tokens(self, user: User) -> str:
        """How many are in use, leading to all of them."""
        count = personal_tokens.living_of(user, now=timezone.now()).count()
        url = reverse("admin:accounts_personaltoken_changelist", query={"user__id__exact": user.pk})
        return format_html('<a href="{}">{} in use</a>', url, count or "none")

    def acts_for(self, request: HttpRequest, obj: User) -> list[Act]:
        acts = [
            Act("New password link", self._act_url("link", obj), "key"),
            Act("Sign out everywhere", self._act_url("force-out", obj), "logout"),
        ]
        if obj.locked_at:
            acts.append(Act("Unlock", self._act_url("unlock", obj), "lock_open"))
        if obj.is_active and not people.is_last_admin(obj):
            acts.append(Act("Disable", self._act_url("disable", obj), "block", kind="danger"))
        return acts

    def get_urls(self) -> list[URLPattern]:
        acts = {
            "link": self.link_view,
            "force-out": self.force_out,
            "unlock": self.unlock,
            "disable": self.disable,
        }
        return [
            *(
                path(f"<uuid:user_id>/{name}/", self._act_view(act), name=f"accounts_user_{name}")
                for name, act in acts.items()
            ),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            people.after_disabling(user=obj, now=timezone.now())

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> HttpResponse:
        """Whoever made the account gets the link to hand on, unless it goes by mail."""
        if "_popup" in request.POST:
            answer: HttpResponse = super().response_add(request, obj, post_url_continue)
            return answer
        return self._hand_out_link(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and people.is_last_admin(obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Names the people alone: their sessions and assignments go with them and may be many."""
        listed = [str(user) for user in objs]
        protected = [people.LAST_ADMIN] if people.leave_no_admin(objs) else []
        return listed, {"people": len(listed)}, set(), protected

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Whoever removes a person says so."""

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        people.remove(obj, by=admin_of(request), ip=client_ip(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            people.remove(user, by=admin_of(request), ip=client_ip(request))

    @admin.action(description="Sign out everywhere")
    def force_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            sessions.force_logout(
                user=user,
                reason="An administrator signed them out.",
                by=admin_of(request),
                ip=client_ip(request),
                now=timezone.now(),
            )
            messages.success(request, f"{user.name} is signed out everywhere.")

    @admin.action(description="Unlock")
    def unlock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            if people.unlock(user=user):
                self.note(request, Operation.ADMIN_CHANGED, user, [{"changed": {"fields": ["Unlocked"]}}])
                messages.success(request, f"{user.name} can sign in again.")
            else:
                messages.info(request, f"{user.name} was not locked.")

    @admin.action(description="Disable")
    def disable(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            try:
                people.disable(user=user, now=timezone.now())
            except Invalid as problem:
                messages.error(request, f"{user.name}: {problem.reason}")
            else:
                self.note(request, Operation.ADMIN_CHANGED, user, [{"changed": {"fields": ["Active"]}}])
                messages.success(request, f"{user.name} is disabled and signed out everywhere.")

    def link_view(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        user = queryset.get()
        if not user.is_active:
            messages.error(request, f"{user.name} is disabled. Switch the account on first.")
            return None
        return self._hand_out_link(request, user)

    def _hand_out_link(self, request: HttpRequest, user: User) -> HttpResponse:
        self.note(request, Operation.ADMIN_CHANGED, user, [{"added": {"name": "password link"}}])
        base_url = request.build_absolute_uri("/")
        back = reverse("admin:accounts_user_change", args=[user.pk])
        if settings.HAS_MAIL:
            # The worker must find the account, so it hears of it once it is committed.
            transaction.on_commit(partial(send_password_link.delay, user.email, base_url), robust=True)
            messages.success(request, f"A link to set a password is on its way to {user.email}.")
            return HttpResponseRedirect(back)
        url = link_url(passwords.new_link(user=user, now=timezone.now()), base_url=base_url)
        context = {
            **self.admin_site.each_context(request),
            "title": f"A link for {user.name}",
            "person": user,
            "url": url,
            "back": back,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/accounts/password_link.html", context)

    def _act_view(self, act: Any) -> Any:
        def view(request: HttpRequest, user_id: Any) -> HttpResponse:
            answer = act(request, self.get_queryset(request).filter(pk=user_id))
            return answer or HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user_id]))

        return self.admin_site.admin_view(require_POST(view))

    def _act_url(self, name: str, user: User) -> str:
        return reverse(f"admin:accounts_user_{name}", args=[user.pk])
