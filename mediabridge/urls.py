"""The pages: a table of contents."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from mediabridge.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("api/", include("mediabridge.api_urls")),
    path("", include("accounts.urls")),
    path("", include("buckets.urls")),
    path("", include("search.urls")),
    path("", include("files.urls")),
]

handler400 = "mediabridge.error_pages.bad_request"
handler403 = "mediabridge.error_pages.permission_denied"
handler404 = "mediabridge.error_pages.page_not_found"
handler500 = "mediabridge.error_pages.server_error"
