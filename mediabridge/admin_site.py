"""The admin site: for administrators who signed in at the one login page."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from unfold.sites import UnfoldAdminSite

from accounts.models import AuditEntry, User
from buckets.models import Bucket


class MediaBridgeSite(UnfoldAdminSite):  # type: ignore[misc]
    site_title = "MediaBridge"
    site_header = "MediaBridge"
    index_title = "Administration"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and user.is_admin

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one login page. Somebody who is signed in and comes here is no administrator."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(reverse("login") + (f"?{query}" if query else ""))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("account"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("account"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        facts = {
            "bucket_count": Bucket.objects.count(),
            "people_count": User.objects.filter(is_active=True).count(),
            "latest": AuditEntry.objects.all()[:12],
        }
        answer: TemplateResponse = super().index(request, {**facts, **(extra_context or {})})
        return answer
