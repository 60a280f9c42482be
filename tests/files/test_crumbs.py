"""The way from the root to a folder."""

import pytest

from buckets.models import Bucket
from buckets.paths import Malformed, OutOfBounds, Rights
from files.listing import crumbs


def test_begins_with_the_bucket_and_never_shows_what_is_above_the_root(press: Bucket) -> None:
    reach = press.reach(root="projects/marketing/", rights=Rights())
    assert [(crumb.name, crumb.path) for crumb in crumbs(reach, "2026/May/")] == [
        ("Press kit", ""),
        ("2026", "2026/"),
        ("May", "2026/May/"),
    ]


def test_leads_to_the_folder_of_a_file(press: Bucket) -> None:
    reach = press.reach(root="", rights=Rights())
    assert [crumb.path for crumb in crumbs(reach, "a/b.txt")] == ["", "a/"]


def test_has_one_crumb_at_the_root(press: Bucket) -> None:
    assert [crumb.name for crumb in crumbs(press.reach(root="x/", rights=Rights()), "")] == ["Press kit"]


def test_refuses_to_leave_the_root(press: Bucket) -> None:
    with pytest.raises(OutOfBounds):
        crumbs(press.reach(root="x/", rights=Rights()), "../y/")


def test_refuses_an_empty_segment(press: Bucket) -> None:
    with pytest.raises(Malformed):
        crumbs(press.reach(root="x/", rights=Rights()), "a//b/")
