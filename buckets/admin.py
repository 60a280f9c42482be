"""Buckets and who may use them, in the admin. Composed with other apps' parts, and registered, in `mediabridge.admin`."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from accounts.audit import Operation, record
from buckets import assigning, registration
from buckets.access import NoSuchBucket
from buckets.diagnosis import explain
from buckets.doctor import add_cors_rule, examine, note_examination
from buckets.forms import AssignmentForm, BucketForm
from buckets.models import Assignment, Bucket
from buckets.s3.errors import S3Error
from mediabridge.audited_admin import Act, AuditedAdmin, admin_of
from mediabridge.wire.client_ip import client_ip

ROOTS_TRIED = 5
"""So many new roots of one form are looked at."""


class AssignmentInline(TabularInline):  # type: ignore[misc]
    """Who may use this bucket; or, at a person, which buckets they may use."""

    model = Assignment
    form = AssignmentForm
    fields = (
        "user",
        "bucket",
        "whole_bucket",
        "root_path",
        "allow_upload",
        "allow_overwrite",
        "allow_delete",
    )
    autocomplete_fields = ("user", "bucket")
    extra = 0
    verbose_name = "assignment"
    verbose_name_plural = "assignments"
    show_count = True
    hide_title = True

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the menu beside each choice: it takes the room a phone does not have."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            widget = field.widget
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return field


class Assigning(ModelAdmin):  # type: ignore[misc]
    """For admins with the inline of assignments: says of new roots when they lead to nothing."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is Assignment:
            placed = [each for each in formset.forms if "root_path" in each.changed_data]
            saved = [each.instance for each in placed if each not in formset.deleted_forms]
            request.new_roots = [each for each in saved if each.root_path]  # type: ignore[attr-defined]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Asks S3 when all is stored, so that a slow one holds no transaction open."""
        answer = super().changeform_view(request, *args, **kwargs)
        for assignment in getattr(request, "new_roots", [])[:ROOTS_TRIED]:
            try:
                leads_to_nothing = assigning.leads_to_nothing(assignment)
            except (S3Error, NoSuchBucket):
                # The connection's test says why, and nobody asked for it here.
                break
            if leads_to_nothing:
                where, whose = assignment.root_path, assignment.user.name
                said = f"Nothing is stored in “{where}” of {assignment.bucket} yet."
                messages.warning(request, f"{said} Check the spelling, unless {whose} is to begin it.")
        return answer


class BucketAdmin(Assigning, AuditedAdmin):
    form = BucketForm
    inlines: ClassVar = [AssignmentInline]
    list_display: Sequence[str] = ("display_name", "system_code", "kind", "bucket_name", "region")
    list_display_links = ("display_name", "system_code")
    list_filter = ("region",)
    search_fields = ("display_name", "system_code", "bucket_name", "description")
    readonly_fields: Sequence[str] = ("system_code", "credential_version", "created_at")
    fieldsets: Sequence[tuple[str | None, dict[str, Any]]] = (
        (None, {"fields": (("display_name", "system_code"), "description")}),
        (
            "Where it is",
            {"fields": (("bucket_name", "region"), ("endpoint_url", "addressing_style"))},
        ),
        (
            "Its key",
            {
                "fields": (
                    ("new_access_key_id", "new_secret_access_key"),
                    ("credential_version", "created_at"),
                )
            },
        ),
        (
            "What people get",
            {"fields": ("root_path", "cloudfront_base_url", "media_types", "has_thumbnails")},
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("display_name", "description")}),
        (
            "Where it is",
            {"fields": (("bucket_name", "region"), ("endpoint_url", "addressing_style"))},
        ),
        ("Its key", {"fields": (("new_access_key_id", "new_secret_access_key"),)}),
        (
            "What people get",
            {
                "fields": (
                    "root_path",
                    "cloudfront_base_url",
                    "media_types",
                    "has_thumbnails",
                    "index_minutes",
                )
            },
        ),
    )

    @display(description="kind", label={"CDN": "info", "Private": "default"})
    def kind(self, bucket: Bucket) -> str:
        return "CDN" if bucket.is_public else "Private"

    def about(self, obj: Bucket) -> dict[str, Any]:
        return {"bucket_id": obj.id, "bucket_code": obj.system_code}

    def acts_for(self, request: HttpRequest, obj: Bucket) -> list[Act]:
        return [
            Act("Test connection", reverse("admin:buckets_bucket_test", args=[obj.pk]), "lan"),
            Act("Set CORS", reverse("admin:buckets_bucket_cors", args=[obj.pk]), "swap_horiz"),
        ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:bucket_id>/test/", wrap(require_POST(self.test_view)), name="buckets_bucket_test"),
            path("<uuid:bucket_id>/cors/", wrap(require_POST(self.cors_view)), name="buckets_bucket_cors"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Bucket, form: BucketForm, change: bool) -> None:
        registration.save(obj, key=form.key, before=form.before)

    def response_add(self, request: HttpRequest, obj: Bucket, *args: Any, **kwargs: Any) -> HttpResponse:
        messages.info(request, "Test its connection next: that says, call by call, what its key may do.")
        return super().response_add(request, obj, *args, **kwargs)  # type: ignore[no-any-return]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Names the buckets alone: what is stored of their contents goes with them and may be a million rows."""
        listed = [f"{bucket}: taken out of MediaBridge. Its files stay in the storage." for bucket in objs]
        assignments = Assignment.objects.filter(bucket__in=list(objs)).count()
        return listed, {"buckets": len(listed), "assignments": assignments}, set(), []

    def delete_model(self, request: HttpRequest, obj: Bucket) -> None:
        self.delete_queryset(request, Bucket.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Bucket]) -> None:
        # What stores their contents at the moment fails by this, instead of what takes them out.
        with transaction.atomic():
            list(queryset.select_for_update(of=("self",)).order_by("pk"))
            queryset.delete()

    def test_view(self, request: HttpRequest, bucket_id: Any) -> HttpResponse:
        """What the bucket's key may do, call by call."""
        bucket = get_object_or_404(Bucket, pk=bucket_id)
        report = examine(bucket, origins=page_origins(request))
        note_examination(report, bucket, by=admin_of(request), ip=client_ip(request))
        return self._page(request, bucket, "test", report=report, failed=report.failed)

    def cors_view(self, request: HttpRequest, bucket_id: Any) -> HttpResponse:
        """First the difference it would make; then, when it is confirmed, the change."""
        bucket = get_object_or_404(Bucket, pk=bucket_id)
        is_confirmed = request.POST.get("confirmed") == "yes"
        try:
            change = add_cors_rule(bucket, origins=page_origins(request), dry_run=not is_confirmed)
        except S3Error as problem:
            said = explain(problem, bucket.connection)
            messages.error(request, f"The bucket's CORS rules could not be read or changed. {said}")
            return HttpResponseRedirect(self._back(bucket))
        if not is_confirmed:
            return self._page(request, bucket, "cors", change=change)
        record(
            by=admin_of(request),
            operation=Operation.CORS_CHANGED,
            ip=client_ip(request),
            detail={"origins": list(page_origins(request)), "changed": change.changed},
            **self.about(bucket),
        )
        messages.success(request, "Browsers may upload to this bucket now.")
        return HttpResponseRedirect(self._back(bucket))

    def _page(self, request: HttpRequest, bucket: Bucket, name: str, **context: Any) -> HttpResponse:
        titles = {"test": f"What the key of {bucket} may do", "cors": f"CORS of {bucket}"}
        shown = {
            **self.admin_site.each_context(request),
            "title": titles[name],
            "bucket": bucket,
            "back": self._back(bucket),
            "opts": self.opts,
            "origins": page_origins(request),
            **context,
        }
        return TemplateResponse(request, f"admin/buckets/{name}.html", shown)

    def _back(self, bucket: Bucket) -> str:
        return reverse("admin:buckets_bucket_change", args=[bucket.pk])


def page_origins(request: HttpRequest) -> tuple[str, ...]:
    """The origins from which people's browsers will talk to the storage: this site's own, and the frontend's."""
    own = f"{request.scheme}://{request.get_host()}"
    return tuple(dict.fromkeys([own, *([settings.FRONTEND_URL] if settings.FRONTEND_URL else [])]))
