"""The admin, composed: what each app brings, and what crosses apps, registered on the one site."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin import AuditAdmin, PersonAdmin
from accounts.models import AuditEntry, User
from buckets.admin import AssignmentInline, BucketAdmin
from buckets.models import Bucket


class PersonWithBuckets(PersonAdmin):
    """A person, with the buckets they may use."""

    inlines: ClassVar = [AssignmentInline]


admin.site.unregister(Group)
admin.site.register(User, PersonWithBuckets)
admin.site.register(Bucket, BucketAdmin)
admin.site.register(AuditEntry, AuditAdmin)
