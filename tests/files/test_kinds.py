"""What a name says about a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files import kinds
from files.kinds import Group

NAMES = st.text(alphabet="t-abß.é ", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("photo.JPG", Group.IMAGE),
        ("logo.svg", Group.IMAGE),
        ("clip.webm", Group.VIDEO),
        ("song.flac", Group.AUDIO),
        ("paper.pdf", Group.DOCUMENT),
        ("rows.csv", Group.DATA),
        ("app.py", Group.TEXT),
        ("backup.tar.gz", Group.ARCHIVE),
        ("no-extension", Group.OTHER),
        (".bashrc", Group.OTHER),
        ("odd.", Group.OTHER),
        ("..", Group.OTHER),
    ],
)
def test_puts_a_name_into_its_group(name: str, group: Group) -> None:
    assert kinds.group_of(name) is group


@pytest.mark.parametrize(
    "name",
    [
        "a.svg",
        "a.html",
        "a.htm",
        "a.xhtml",
        "a.xml",
        "a.js",
        "a.mjs",
        "a.xsl",
        "a.swf",
        "a.mht",
        "a.exe",
        "a",
        "a.SVG",
        "a.rss",
    ],
)
def test_lets_no_active_or_unknown_type_open_by_itself(name: str) -> None:
    assert kinds.safe_inline_type(name) is None


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("a.png", "image/png"), ("a.PDF", "application/pdf"), ("a.mp4", "video/mp4"), ("a.mp3", "audio/mpeg")],
)
def test_lets_pictures_films_sound_and_pdf_open_by_themselves(name: str, media_type: str) -> None:
    assert kinds.safe_inline_type(name) == media_type


@given(names=st.frozensets(NAMES, max_size=8), name=NAMES)
def test_knows_a_thumbnail_by_its_sibling_alone(names: frozenset[str], name: str) -> None:
    expected = any(name == "t-" + sibling for sibling in names)
    assert kinds.is_thumbnail(name, beside=names) is expected


def test_takes_a_lonely_t_name_for_a_file() -> None:
    assert not kinds.is_thumbnail("t-shirt.png", beside={"shirt.jpg", "t-shirt.png"})
    assert not kinds.is_thumbnail("t-", beside={"", "t-"})


@given(names=st.lists(st.text(alphabet="a.JPGjpgK\u212a"), max_size=5))
def test_groups_many_names_as_one_by_one(names: list[str]) -> None:
    assert kinds.groups_of(names) == [kinds.group_of(name).value for name in names]
