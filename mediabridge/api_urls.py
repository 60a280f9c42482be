"""The wire: a table of contents. Everything here is below `/api`, speaks JSON, and never redirects.

Addresses are a contract with clients, written out and never reversed, so they bear no names. Only the page that shows them
to people has one: other pages lead to it.
"""

from django.urls import URLPattern, URLResolver, path

from accounts import admin_api as admin_of_accounts
from accounts import api as accounts
from buckets import admin_api as admin_of_buckets
from buckets import api as buckets
from buckets import token_api as tokens
from files import admin_api as admin_of_files
from files import api as files
from mediabridge.reference import api as reference
from restore import api as restore

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/setup-status", accounts.setup_status),
    path("auth/setup", accounts.set_up),
    path("auth/login", accounts.log_in),
    path("auth/refresh", accounts.refresh),
    path("auth/logout", accounts.log_out),
    path("auth/me", accounts.me),
    path("auth/tokens", tokens.tokens),
    path("auth/tokens/<uuid:token_id>", tokens.token),
    path("buckets", buckets.buckets),
    path("buckets/<uuid:bucket_id>/files", files.files),
    path("buckets/<uuid:bucket_id>/urls", files.urls),
    path("upload/presign", files.presign),
    path("upload/confirm", files.confirm),
    path("cache/evict", files.evict),
    path("admin/buckets", admin_of_files.buckets),
    path("admin/buckets/<uuid:bucket_id>", admin_of_files.bucket),
    path("admin/cache", admin_of_files.cache),
    path("admin/assignments", admin_of_buckets.assignments),
    path("admin/assign", admin_of_buckets.assign),
    path("admin/users", admin_of_accounts.users),
    path("admin/users/<uuid:user_id>", admin_of_accounts.user),
    path("admin/audit", admin_of_accounts.audit),
    path("admin/aws-keys", restore.aws_keys),
    path("admin/aws-keys/<uuid:key_id>", restore.aws_key),
    path("admin/restore-requests", restore.restore_requests),
    path("schema", reference.schema),
    path("docs", reference.docs, name="reference"),
]
