"""The form that makes a personal token. `buckets.tokens` decides."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from accounts import personal_tokens
from accounts.rules import NAME_LENGTH, Invalid
from accounts.scopes import ACTS
from buckets.paths import Reach

SOME, ALL = "some", "all"
MEANING = {
    "read": "Read: list folders and get links to files",
    "upload": "Upload: send new files",
    "overwrite": "Overwrite: send files whose name is taken",
    "delete": "Delete files",
}


class TokenForm(forms.Form):
    """What a token may do, where, and for how long. `reaches` are those of whoever makes it."""

    name = forms.CharField(
        label="Name",
        max_length=NAME_LENGTH,
        help_text="What it is for, such as “Nightly backup”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    acts = forms.MultipleChoiceField(
        label="It may",
        choices=[(act, MEANING[act]) for act in ACTS],
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what the token may do."},
    )
    which = forms.ChoiceField(
        label="In",
        choices=[(SOME, "Only these buckets"), (ALL, "All buckets I may use, also later ones")],
        initial=SOME,
        widget=forms.RadioSelect,
    )
    bucket_ids = forms.TypedMultipleChoiceField(
        label="Buckets", coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(label="It expires after", coerce=int)

    def __init__(self, data: Any = None, *, reaches: Sequence[Reach]) -> None:
        super().__init__(data)
        offered = personal_tokens.choices()
        buckets, days = self.fields["bucket_ids"], self.fields["days"]
        assert isinstance(buckets, forms.MultipleChoiceField)
        assert isinstance(days, forms.ChoiceField)
        buckets.choices = [(str(reach.bucket_id), reach.bucket_title) for reach in reaches]
        days.choices = [(number, f"{number} day{'' if number == 1 else 's'}") for number in offered]
        days.initial = min(offered, key=lambda number: abs(number - 30))

    @property
    def wanted(self) -> dict[str, Any]:
        """What `buckets.tokens.make` is asked for. "All buckets" means just that, whatever else is ticked."""
        told = self.cleaned_data
        everywhere = told["which"] == ALL
        return {
            "name": told["name"],
            "acts": told["acts"],
            "bucket_ids": [] if everywhere else told["bucket_ids"],
            "all_buckets": everywhere,
            "days": told["days"],
        }

    def refuse(self, problem: Invalid) -> None:
        """Shows `problem` at the field it names."""
        self.add_error(problem.field if problem.field in self.fields else None, problem.reason)
