"""Our own texts as HTML. Every piece of them is escaped; only the elements around them are written here."""

import re
from collections.abc import Callable
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_MARKDOWN: Final = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|(?<!\w)\*(?P<em>[^*]+)\*")
_JSON: Final = re.compile(r'(?P<name>"(?:[^"\\]|\\.)*")(?=:)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<value>[\w.+-]+)')


def marked_up(text: str) -> SafeString:
    """`text` with the little Markdown there is in it: code, strong, emphasis."""
    return _with_parts(text, _MARKDOWN, lambda kind, said: format_html("<{0}>{1}</{0}>", kind, said))


def coloured(json: str) -> SafeString:
    """`json` with its names, texts and other values told apart."""
    return _with_parts(
        json, _JSON, lambda kind, said: format_html('<span class="json-{}">{}</span>', kind, said)
    )


def _with_parts(text: str, pattern: re.Pattern[str], shown: Callable[[str, str], SafeString]) -> SafeString:
    """`text`, in which every match is `shown` by the name of its group and what is in it."""
    parts, done = [], 0
    for found in pattern.finditer(text):
        kind = found.lastgroup or ""
        parts.append((text[done : found.start()], shown(kind, found[kind])))
        done = found.end()
    return format_html("{}{}", format_html_join("", "{}{}", parts), text[done:])
