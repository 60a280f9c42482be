"""The admin, composed: what each app brings, and what crosses apps, registered on the one site."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin import PersonAdmin
from accounts.audit_admin import AuditAdmin
from accounts.models import AuditEntry, PersonalToken, User
from buckets.admin import Assigning, AssignmentInline, BucketAdmin
from buckets.models import Bucket
from buckets.token_admin import TokenAdmin
from files.admin import StoredListings
from restore.admin import KeyAdmin, RequestAdmin
from restore.models import AwsKey, RestoreRequest


class PersonWithBuckets(Assigning, PersonAdmin):
    """A person, with the buckets they may use."""

    inlines: ClassVar = [AssignmentInline]


class BucketWithListings(StoredListings, BucketAdmin):
    """A bucket, with what is known of its contents."""

    list_display = (*BucketAdmin.list_display, "file_count", "total_size")
    readonly_fields = (*BucketAdmin.readonly_fields, "index_state")
    fieldsets = (
        *BucketAdmin.fieldsets,
        ("What is known of it", {"fields": (("index_minutes", "index_state"),)}),
    )


admin.site.unregister(Group)
admin.site.register(User, PersonWithBuckets)
admin.site.register(Bucket, BucketWithListings)
admin.site.register(AuditEntry, AuditAdmin)
admin.site.register(PersonalToken, TokenAdmin)
admin.site.register(AwsKey, KeyAdmin)
admin.site.register(RestoreRequest, RequestAdmin)
