"""What the address of the activity page asks for."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.http import QueryDict

from accounts.history import Cursor, Wanted
from accounts.models import AuditEntry
from files.activity import Sight
from files.activity_rows import said_of_operation

FIELDS = ("person", "operation", "bucket", "outcome", "since", "until", "zone")
_YEARS = range(2000, 2101)


class ActivityForm(forms.Form):
    """The filters. Each may be left out; what can't be understood is refused, for an export must hold what was asked."""

    person = forms.UUIDField(required=False, error_messages={"invalid": "There is no such person."})
    operation = forms.ChoiceField(
        required=False, error_messages={"invalid_choice": "There is no such activity."}
    )
    bucket = forms.CharField(required=False, max_length=64)
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", ""), *AuditEntry.Outcome.choices],
        error_messages={"invalid_choice": "There is no such result."},
    )
    since = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Give a day such as 2026-01-31."},
    )
    until = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Give a day such as 2026-01-31."},
    )
    zone = forms.CharField(required=False, max_length=64)

    def __init__(self, query: QueryDict, *, sight: Sight) -> None:
        super().__init__(query)
        self.sight = sight
        operations = [(its.value, said_of_operation(its)) for its in sight.operations]
        self.fields["operation"].choices = [("", ""), *operations]  # type: ignore[attr-defined]

    def clean_bucket(self) -> str:
        """The code of a bucket that the reader may reach. Of others nobody is told whether they exist."""
        code: str = self.cleaned_data["bucket"]
        if code and code not in {reach.bucket_code for reach in self.sight.reaches}:
            raise forms.ValidationError("There is no such bucket.")
        return code

    def clean_since(self) -> date | None:
        return _sensible(self.cleaned_data["since"])

    def clean_until(self) -> date | None:
        return _sensible(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", "The last day comes before the first.")
        return cleaned


@dataclass(frozen=True, slots=True)
class AskedActivity:
    """A valid filter: what is wanted, the cursor to go on from, and the query that asks for the same again."""

    wanted: Wanted
    after: Cursor | None
    query: str

    @classmethod
    def of(cls, form: ActivityForm, query: QueryDict) -> "AskedActivity":
        """What the valid `form` asks."""
        cleaned = form.cleaned_data
        zone = _zone(cleaned["zone"])
        buckets = {reach.bucket_code: reach.bucket_id for reach in form.sight.reaches}
        wanted = Wanted(
            actor_id=cleaned["person"],
            operation=cleaned["operation"] or None,
            outcome=cleaned["outcome"] or None,
            bucket_id=buckets.get(cleaned["bucket"]),
            since=_midnight(cleaned["since"], zone),
            until=_midnight(cleaned["until"] and cleaned["until"] + timedelta(days=1), zone),
        )
        return cls(wanted, Cursor.of(query.get("after", "")), told_by(query))


def told_by(query: QueryDict) -> str:
    """The filters in `query` without the empty ones, as they stand in an address. A zone says nothing without a day."""
    has_days = bool(query.get("since") or query.get("until"))
    told = {name: query.get(name, "").strip() for name in FIELDS if name != "zone" or has_days}
    return urlencode({name: value for name, value in told.items() if value})


def _sensible(day: date | None) -> date | None:
    if day is not None and day.year not in _YEARS:
        raise forms.ValidationError(f"Give a year from {_YEARS[0]} to {_YEARS[-1]}.")
    return day


def _zone(name: str) -> ZoneInfo:
    """The reader's time zone, as their browser names it; UTC where it names none that is known here."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time(), zone) if day else None
