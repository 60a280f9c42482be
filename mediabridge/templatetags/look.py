"""Template tags of the product's look: icons, file types, form fields, dates. Built in: no template loads them."""

import functools
import re
from datetime import datetime
from pathlib import Path

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, PasswordInput, Select, Textarea
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

HOUR = 3600

ICON_OF_GROUP = {
    "folder": "folder",
    "image": "image",
    "video": "film",
    "audio": "music",
    "document": "file-text",
    "data": "table-2",
    "text": "code",
    "archive": "package",
}


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """The drawing templates/icons/<name>.svg, set into the page. It is decoration: whoever uses it labels its button."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"'
        ' stroke-linejoin="round" aria-hidden="true">{}</svg>',
        "" if size == 16 else f" is-{size}",
        _shapes(name),
    )


@functools.cache
def _shapes(name: str) -> SafeString:
    drawing = (Path(settings.BASE_DIR) / "templates" / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    found = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
    if found is None:
        raise template.TemplateSyntaxError(f"templates/icons/{name}.svg is not a drawing.")
    # Our own file, read from our own tree: nothing in it comes from outside.
    return mark_safe(found.group(1).strip())  # noqa: S308


@register.simple_tag
def filetype(group: str, size: str = "") -> SafeString:
    """The tinted tile of a type group of files, or of "folder". `size` may be "large"."""
    return format_html(
        '<span class="filetype is-{}{}">{}</span>',
        group or "other",
        " is-large" if size == "large" else "",
        icon(ICON_OF_GROUP.get(group, "file")),
    )


@register.simple_tag
def when(moment: datetime | None) -> SafeString:
    """`moment` as people say it, with the exact time on hover. The page's script turns that into local time."""
    if moment is None:
        return SafeString("")
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        moment.isoformat(),
        f"{moment:%-d %B %Y, %H:%M}",
        said_of(moment, now=timezone.now()),
    )


def said_of(moment: datetime, *, now: datetime) -> str:
    """`moment` seen from `now`: minutes and hours of today, days of this week, else the date."""
    seconds = (now - moment).total_seconds()
    days = (now.date() - moment.date()).days
    if -60 < seconds < 60:
        return "just now"
    if 0 < seconds < HOUR:
        return _ago(int(seconds // 60), "minute")
    if 0 < seconds < 24 * HOUR and (days == 0 or seconds < 12 * HOUR):
        return _ago(int(seconds // HOUR), "hour")
    if 0 < days < 7:
        return "yesterday" if days == 1 else f"{days} days ago"
    return f"{moment:%-d %b}" if moment.year == now.year else f"{moment:%-d %b %Y}"


def _ago(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'} ago"


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, **attrs: str) -> dict[str, object]:
    """A form field with label, control, help and errors. Further arguments become attributes of the control."""
    widget = bound.field.widget
    kind = "checkbox" if isinstance(widget, CheckboxInput) else "input"
    look = {CheckboxInput: "checkbox", Select: "select", Textarea: "input"}
    css = next((name for type_, name in look.items() if isinstance(widget, type_)), "input")
    described = [f"{bound.id_for_label}-help"] if bound.help_text else []
    described += [f"{bound.id_for_label}-error"] if bound.errors else []
    given = {name.replace("_", "-"): value for name, value in attrs.items()}
    # Django adds aria-describedby for the help text under its own id; ours names the error, too.
    control = bound.as_widget(
        attrs={"class": css, **({"aria-describedby": " ".join(described)} if described else {}), **given}
    )
    return {
        "bound": bound,
        "control": control,
        "kind": "password" if isinstance(widget, PasswordInput) else kind,
    }


@register.filter
def initials(name: str) -> str:
    """One or two letters that stand for a person."""
    words = [word for word in re.split(r"[\s._@-]+", name) if word]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else "?"
