"""What a file can be shown as."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.entries import EntryView
from files.entries import Kind as EntryKind
from files.kinds import group_of, safe_inline_type
from files.previews import LARGEST_IMAGE, TEXT_BYTES, Kind, Why, preview_of, type_label, types_label


def entry(name: str, *, size: int = 100, storage_class: str = "STANDARD") -> EntryView:
    return EntryView(
        kind=EntryKind.FILE,
        name=name,
        path=name,
        size=size,
        modified_at=datetime(2026, 1, 1, tzinfo=UTC),
        storage_class=storage_class,
        group=group_of(name),
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", Kind.IMAGE),
        ("a.JPEG", Kind.IMAGE),
        ("drawing.svg", Kind.IMAGE),
        ("film.mp4", Kind.VIDEO),
        ("song.mp3", Kind.AUDIO),
        ("paper.pdf", Kind.PDF),
        ("table.csv", Kind.CSV),
        ("table.tsv", Kind.CSV),
        ("read.me.md", Kind.MARKDOWN),
        ("main.py", Kind.CODE),
        ("page.html", Kind.CODE),
        ("feed.xml", Kind.CODE),
        ("plain.txt", Kind.TEXT),
        ("LICENSE", Kind.TEXT),
        ("Dockerfile", Kind.CODE),
        (".gitignore", Kind.TEXT),
    ],
)
def test_goes_by_the_name(name: str, kind: Kind) -> None:
    assert preview_of(entry(name)).kind is kind


@pytest.mark.parametrize(
    "name", ["a.docx", "a.zip", "a.psd", "a.heic", "a.tiff", "a.avi", "a.xyz", "noextension", "a."]
)
def test_shows_nothing_that_browsers_do_not(name: str) -> None:
    assert preview_of(entry(name)).why is Why.TYPE


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
@pytest.mark.parametrize("name", ["a.jpg", "a.txt", "a.xyz"])
def test_shows_nothing_archived(name: str, storage_class: str) -> None:
    assert preview_of(entry(name, storage_class=storage_class)).why is Why.ARCHIVED


@pytest.mark.parametrize("storage_class", ["GLACIER_IR", "STANDARD_IA", ""])
def test_shows_what_needs_no_restore(storage_class: str) -> None:
    assert preview_of(entry("a.jpg", storage_class=storage_class)).kind is Kind.IMAGE


@pytest.mark.parametrize("name", ["a.jpg", "a.mp4", "a.pdf", "a.txt"])
def test_shows_nothing_of_an_empty_file(name: str) -> None:
    assert preview_of(entry(name, size=0)).why is Why.EMPTY


def test_shows_no_image_that_may_kill_the_tab() -> None:
    assert preview_of(entry("a.png", size=LARGEST_IMAGE)).kind is Kind.IMAGE
    assert preview_of(entry("a.png", size=LARGEST_IMAGE + 1)).why is Why.SIZE


@pytest.mark.parametrize("name", ["a.txt", "a.py", "a.md", "a.csv"])
def test_shows_the_beginning_of_a_long_text(name: str) -> None:
    assert not preview_of(entry(name, size=TEXT_BYTES)).is_partial
    assert preview_of(entry(name, size=TEXT_BYTES + 1)).is_partial


def test_shows_all_of_a_long_film() -> None:
    assert not preview_of(entry("a.mp4", size=10 * 1024**3)).is_partial


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("a.ts", "c"),
        ("a.py", "python"),
        ("a.yml", "shell"),
        ("a.html", "markup"),
        ("a.json", "json"),
        ("a.sql", "sql"),
        ("a.txt", ""),
    ],
)
def test_names_the_family_of_languages(name: str, language: str) -> None:
    assert preview_of(entry(name)).language == language


@given(st.text(max_size=40), st.integers(min_value=0, max_value=2**50))
def test_opens_in_a_frame_or_player_only_what_is_safe_inline(name: str, size: int) -> None:
    found = preview_of(entry(name, size=size))
    assert (found.kind is Kind.NONE) == (found.why is not None)
    if found.kind in (Kind.PDF, Kind.VIDEO, Kind.AUDIO):
        assert safe_inline_type(name) is not None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("a.png", "image/png"),
        ("a.csv", "text/csv"),
        ("a.qqq", "QQQ file"),
        ("noextension", "Unknown"),
        ("dot.", "Unknown"),
        ("blank. ", "Unknown"),
        ("No. 1, final", "Unknown"),
    ],
)
def test_names_the_type(name: str, label: str) -> None:
    assert type_label(name) == label


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("a.zip", "files of the type application/zip"),
        ("a.qqq", "QQQ files"),
        ("a.bin", "BIN files"),
        ("noextension", "files of an unknown type"),
        ("dot.", "files of an unknown type"),
        ("blank. ", "files of an unknown type"),
        ("No. 1, final", "files of an unknown type"),
    ],
)
def test_names_the_files_of_a_type_in_a_sentence(name: str, label: str) -> None:
    assert types_label(name) == label
