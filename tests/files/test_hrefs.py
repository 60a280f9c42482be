"""Addresses of folders and files."""

from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from hypothesis import given
from hypothesis import strategies as st

from files.hrefs import file_href, folder_href, parent_of

SEGMENT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="/"), min_size=1
).filter(lambda name: name not in (".", ".."))


@given(st.lists(SEGMENT, min_size=1, max_size=4))
def test_leads_to_the_very_path(segments: list[str]) -> None:
    from urllib.parse import unquote

    path = "/".join(segments)
    for href, opened in ((file_href("CODE", path), path), (folder_href("CODE", f"{path}/"), f"{path}/")):
        parts = urlsplit(f"http://host{href}")
        assert (parts.query, parts.fragment) == ("", "")
        assert resolve(unquote(parts.path)).kwargs == {"code": "CODE", "path": opened}


def test_leads_to_the_root() -> None:
    assert folder_href("CODE", "") == "/b/CODE/"
    assert resolve("/b/CODE/").url_name == "bucket"


def test_keeps_what_is_asked_and_leaves_out_what_is_not() -> None:
    assert folder_href("C", "a b", sort="name", type="") == "/b/C/a%20b/?sort=name"
    assert file_href("C", "x?.txt", after="=&") == "/b/C/x%3F.txt?after=%3D%26"


@pytest.mark.parametrize(
    ("path", "parent"), [("", ""), ("a.txt", ""), ("a/", ""), ("a/b.txt", "a/"), ("a/b/", "a/")]
)
def test_knows_the_folder_above(path: str, parent: str) -> None:
    assert parent_of(path) == parent
