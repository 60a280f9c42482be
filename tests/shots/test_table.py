"""The table of shots is whole: no template, URL name or designed state is without a row."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.boundaries.source import REPO
from tests.shots.table import ROWS, STATES, WITHOUT_A_PAGE, WITHOUT_A_SHOT

TEMPLATES = REPO / "templates"
# Pieces that every page shows, and texts that are no pages.
NO_PAGES = ("components/", "icons/", "accounts/mail/")


def test_every_designed_state_has_a_row_and_every_row_is_a_designed_state() -> None:
    wanted = {(page, state) for page, states in STATES.items() for state in states}
    assert {(row.page, row.state) for row in ROWS} == wanted


def test_no_state_is_there_twice() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))


def test_every_template_has_a_row() -> None:
    there = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    pages = {name for name in there if not name.startswith(NO_PAGES)}
    shown = {template for row in ROWS for template in row.templates} | set(WITHOUT_A_SHOT)
    assert pages - shown == set(), "these templates have no row in tests/shots/table.py"
    assert shown - pages == set(), "these templates are gone"


def test_every_url_name_has_a_row() -> None:
    ours = {name for name in url_names(get_resolver().url_patterns) if name}
    shown = {url for row in ROWS for url in row.urls if ":" not in url} | set(WITHOUT_A_PAGE)
    assert ours - shown == set(), "these URL names have no row in tests/shots/table.py"
    assert shown - ours == set(), "these URL names are gone"


@pytest.mark.parametrize("url", sorted({url for row in ROWS for url in row.urls if ":" in url}))
def test_the_admin_has_the_pages_of_the_table(url: str) -> None:
    assert url.partition(":")[2] in set(url_names(get_resolver().url_patterns, in_admin=True))


def url_names(patterns: list[URLPattern | URLResolver], *, in_admin: bool = False) -> Iterator[str]:
    """The names of all URLs; those of the admin, which are Django's own for the most part, only when asked for."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if in_admin or pattern.namespace != "admin":
                yield from url_names(pattern.url_patterns, in_admin=in_admin)
        elif pattern.name:
            yield pattern.name
