"""How files are counted and named in sentences."""

import pytest

from files.phrases import counted, name_of, said_of, shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("harbour.png", "harbour.png"),
        ("rtl\u202egnp.exe", "rtl\ufffdgnp.exe"),
        ("a\u2066b\u2069", "a\ufffdb\ufffd"),
        ("a\tb\x7f", "a\ufffdb\ufffd"),
        ("", "(no name)"),
        ("שלום\u200f.txt", "שלום\u200f.txt"),
        ("👩\u200d🚀.png", "👩\u200d🚀.png"),
    ],
)
def test_shows_what_cannot_be_seen_and_leaves_every_script_alone(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_lets_no_name_pass_for_another_in_a_sentence() -> None:
    assert said_of(["a/rtl\u202egnp.exe"]) == "“rtl\ufffdgnp.exe”"


def test_names_one_and_counts_more() -> None:
    assert name_of("a/b/") == "b"
    assert said_of(["a/b/", "c", "d"]) == "1 folder and 2 files"
    assert counted(1_204, "file") == "1,204 files"
