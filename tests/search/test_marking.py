"""Where a match lies, in the letters as they are written."""

from unicodedata import combining, normalize

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from files.folding import folded
from search.marking import marked_folder, marked_name
from search.matching import parse

LETTERS = st.text(st.sampled_from("abßÉe\u0301İıσςΣﬁ%_.ǅ t-"), min_size=1, max_size=12)


def shown(pieces: object) -> str:
    return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in pieces)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "folder", "name", "in_folder", "in_name"),
    [
        ("har", "a/", "Harbour harp", "a/", "[Har]bour [har]p"),
        ("strasse", "", "Große STRAẞE.txt", "", "Große [STRAẞE].txt"),
        ("café", "", "my cafe\u0301s", "", "my [cafe\u0301]s"),
        ("cafe", "", "my cafe", "", "my [cafe]"),
        ("50%_", "", "a50%_b", "", "a[50%_]b"),
        ("otos/har", "My Photos/", "Harbour", "My Ph[otos/]", "[Har]bour"),
        ("/har", "a/", "Harbour", "a/", "[Har]bour"),
        ("photos/", "a/", "My Photos", "a/", "My [Photos]"),
        ("a/photos/", "x/A/", "Photos", "x/[A/]", "[Photos]"),
        ("hour golden", "", "Golden-Hour hour.jpg", "", "[Golden]-[Hour] [hour].jpg"),
        ("olden gold", "", "Golden gold", "", "[Golden] [gold]"),
        ("1 - 2", "", "part 1 - 2", "", "part [1 - 2]"),
    ],
)
def test_marks_what_was_looked_for(typed: str, folder: str, name: str, in_folder: str, in_name: str) -> None:
    query = parse(typed)
    assert shown(marked_folder(query, folder)) == in_folder
    assert shown(marked_name(query, name)) == in_name


@given(before=LETTERS, needle=LETTERS, after=LETTERS)
def test_loses_no_letter_and_marks_nothing_else(before: str, needle: str, after: str) -> None:
    name = f"{before}{needle}{after}"
    assume(min(len(normalize("NFC", needle.strip())), len(folded(needle.strip()))) >= 3)
    # A mark without its letter belongs to whatever stands before it.
    assume(not any(combining(word[0]) for word in needle.split()))
    query = parse(needle)
    pieces = marked_name(query, name)
    assert "".join(piece.text for piece in pieces) == name
    for piece in pieces:
        if piece.is_match:
            assert any(word in folded(piece.text) for word in query.words)
