"""The admin's forms of buckets and assignments. `buckets.registration` decides."""

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from buckets import registration
from buckets.models import Assignment, Bucket
from buckets.paths import PATH_TOO_LONG

# What is typed goes through the rules, never straight into the model's field of the same meaning.
SHOWN_AS = {
    "access_key_id": "new_access_key_id",
    "secret_access_key": "new_secret_access_key",
    "allowed_types": "media_types",
}
KEPT = "Stored sealed and never shown. Blank keeps what is stored."


class BucketForm(forms.ModelForm):  # type: ignore[type-arg]
    """A bucket with its key, which can be written and never read."""

    new_access_key_id = forms.CharField(
        label="Access key id",
        required=False,
        max_length=512,
        error_messages={"max_length": registration.NO_KEY},
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    new_secret_access_key = forms.CharField(
        label="Secret access key",
        required=False,
        max_length=512,
        error_messages={"max_length": registration.NO_KEY},
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    media_types = forms.CharField(
        label="Allowed media types",
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Such as image/*, application/pdf. Blank allows every type.",
    )

    class Meta:
        model = Bucket
        # Its list of types is typed as `media_types`.
        fields = tuple(name for name in registration.EDITABLE if name != "allowed_types")
        error_messages: ClassVar = {
            "display_name": {
                "required": registration.TITLE_MISSING,
                "max_length": registration.TITLE_TOO_LONG,
            },
            "description": {"max_length": registration.DESCRIPTION_TOO_LONG},
            "bucket_name": {
                "required": registration.NO_BUCKET_NAME,
                "max_length": registration.NO_BUCKET_NAME,
            },
            "region": {"required": registration.NO_REGION, "max_length": registration.NO_REGION},
            "endpoint_url": {"max_length": registration.URL_TOO_LONG},
            "addressing_style": {
                "required": registration.NO_ADDRESSING,
                "invalid_choice": registration.NO_ADDRESSING,
            },
            "cloudfront_base_url": {"max_length": registration.URL_TOO_LONG},
            "root_path": {"max_length": PATH_TOO_LONG},
        }
        widgets: ClassVar = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = Bucket.objects.filter(pk=self.instance.pk).first()
        # Whoever leaves it out keeps what is.
        self.fields["index_minutes"].required = False
        self.fields["media_types"].initial = ", ".join(self.instance.allowed_types)
        for name in registration.KEY_FIELDS:
            if self.before is not None:
                self.fields[SHOWN_AS[name]].help_text = KEPT
                self.fields[SHOWN_AS[name]].widget.attrs["placeholder"] = "stored"

    def clean_index_minutes(self) -> int:
        """What was chosen; what is, where nothing was."""
        chosen = self.cleaned_data["index_minutes"]
        return self.instance.index_minutes if chosen in (None, "") else int(chosen)

    @property
    def key(self) -> registration.NewKey:
        """What was typed as the key."""
        data = self.cleaned_data
        return registration.NewKey(
            access_key_id=data.get("new_access_key_id", "").strip(),
            secret_access_key=data.get("new_secret_access_key", "").strip(),
        )

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        self.instance.allowed_types = re.split(r"[\s,;]+", self.cleaned_data.get("media_types", ""))
        for problem in registration.problems_of(self.instance, key=self.key, before=self.before):
            field = SHOWN_AS.get(problem.field, problem.field)
            if field not in self.errors:
                self.add_error(field, problem.reason)


class AssignmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person's place in a bucket: a root path, or explicitly the whole bucket."""

    class Meta:
        model = Assignment
        fields = ("whole_bucket", "root_path", "allow_upload", "allow_overwrite", "allow_delete")
        error_messages: ClassVar = {"root_path": {"max_length": PATH_TOO_LONG}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # The table shows a heading a column, which names no input to somebody who can't see it.
            field.widget.attrs["aria-label"] = field.label or ""

    def _post_clean(self) -> None:
        # A root that is no text has been told of; that there is none is not what is wrong with it.
        if "root_path" in self.errors:
            return
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            # Django leaves out constraints on the person or the bucket in whose page this row stands.
            try:
                self.instance.validate_constraints(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
            except ValidationError as problem:
                self.add_error(None, problem)
