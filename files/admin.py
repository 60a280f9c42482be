"""What the admin shows of the stored listings, and the buttons that forget them."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST
from unfold.decorators import display

from buckets.models import Bucket
from files import contents
from mediabridge.audited_admin import Act, AuditedAdmin, admin_of
from mediabridge.wire.client_ip import client_ip

NOT_LISTED = "not listed yet"
CANT_BE_LISTED = "can't be listed"


class StoredListings(AuditedAdmin):
    """Mixed into the admin of buckets: what is known of their contents, and forgetting it."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bucket]:
        return contents.with_contents(super().get_queryset(request))

    @display(description="last listed")
    def index_state(self, bucket: Any) -> str:
        """When the whole was listed, how much that was, and what went wrong since."""
        said = NOT_LISTED
        if bucket.contents_listed_at is not None:
            ago = timesince(bucket.contents_listed_at, depth=1)
            said = f"{self.file_count(bucket)} files, {self.total_size(bucket)}, listed {ago} ago"
        return f"{said}. The last try: {bucket.listing_problem}" if bucket.listing_problem else said

    @display(description="files listed", ordering="files_listed")
    def file_count(self, bucket: Any) -> str:
        return _unlisted(bucket) if bucket.files_listed is None else f"{bucket.files_listed:,}"

    @display(description="size listed", ordering="bytes_listed")
    def total_size(self, bucket: Any) -> str:
        return _unlisted(bucket) if bucket.bytes_listed is None else str(filesizeformat(bucket.bytes_listed))

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
        if form.before is not None:
            contents.forget_another_place(obj, before=form.before)

    def flush_view(self, request: HttpRequest, bucket_id: Any) -> HttpResponse:
        bucket = get_object_or_404(Bucket, pk=bucket_id)
        contents.flush(bucket=bucket, by=admin_of(request), ip=client_ip(request))
        messages.success(
            request, f"What was known of {bucket} is forgotten. Folders are listed anew when opened."
        )
        return HttpResponseRedirect(reverse("admin:buckets_bucket_change", args=[bucket.pk]))

    def flush_all_view(self, request: HttpRequest) -> HttpResponse:
        contents.flush(by=admin_of(request), ip=client_ip(request))
        messages.success(request, "All stored listings are forgotten. Folders are listed anew when opened.")
        return HttpResponseRedirect(reverse("admin:index"))


def _unlisted(bucket: Any) -> str:
    """Why there is no number: nobody has tried, or the storage refused. The bucket's own page says with what words."""
    return CANT_BE_LISTED if bucket.listing_problem else NOT_LISTED
