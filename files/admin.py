"""What the admin shows of the stored listings, and the buttons that forget them."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts.audit import Operation, record
from buckets.models import Bucket
from buckets.registration import is_elsewhere
from files import cache
from mediabridge.audited_admin import Act, AuditedAdmin, admin_of
from mediabridge.wire.client_ip import client_ip

NOT_LISTED = "not listed yet"


class StoredListings(AuditedAdmin):
    """Mixed into the admin of buckets: what is known of their contents, and forgetting it."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bucket]:
        """With the sums over the folders that were listed; null where none was."""
        listed = Q(folders__listed_at__isnull=False)
        buckets: QuerySet[Bucket] = super().get_queryset(request)
        return buckets.annotate(
            files_listed=Sum("folders__file_count", filter=listed),
            bytes_listed=Sum("folders__total_size", filter=listed),
        )

    @display(description="files listed", ordering="files_listed")
    def file_count(self, bucket: Any) -> str:
        return NOT_LISTED if bucket.files_listed is None else f"{bucket.files_listed:,}"

    @display(description="size listed", ordering="bytes_listed")
    def total_size(self, bucket: Any) -> str:
        return NOT_LISTED if bucket.bytes_listed is None else str(filesizeformat(bucket.bytes_listed))

    def acts_for(self, request: HttpRequest, obj: Bucket) -> list[Act]:
        flush = Act("Flush listings", reverse("admin:buckets_bucket_flush", args=[obj.pk]), "mop")
        return [*super().acts_for(request, obj), flush]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:bucket_id>/flush/", wrap(require_POST(self.flush_view)), name="buckets_bucket_flush"),
            path("flush/", wrap(require_POST(self.flush_all_view)), name="buckets_bucket_flush_all"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Bucket, form: Any, change: bool) -> None:
        """A bucket that now means another place has no known contents."""
        super().save_model(request, obj, form, change)
        if form.before is not None and is_elsewhere(obj, form.before):
            cache.flush(bucket_id=obj.id)

    def flush_view(self, request: HttpRequest, bucket_id: Any) -> HttpResponse:
        bucket = get_object_or_404(Bucket, pk=bucket_id)
        cache.flush(bucket_id=bucket.id)
        record(
            by=admin_of(request),
            operation=Operation.LISTINGS_FLUSHED,
            bucket_id=bucket.id,
            bucket_code=bucket.system_code,
            ip=client_ip(request),
        )
        messages.success(
            request, f"What was known of {bucket} is forgotten. Folders are listed anew when opened."
        )
        return HttpResponseRedirect(reverse("admin:buckets_bucket_change", args=[bucket.pk]))

    def flush_all_view(self, request: HttpRequest) -> HttpResponse:
        cache.flush()
        record(by=admin_of(request), operation=Operation.LISTINGS_FLUSHED, ip=client_ip(request))
        messages.success(request, "All stored listings are forgotten. Folders are listed anew when opened.")
        return HttpResponseRedirect(reverse("admin:index"))
