"""Pages of a listing on disk: what is read is what was kept, all of it or nothing."""

import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.s3.lister import Page, Span
from files import spool
from files.spool import BrokenSpool, NoRoom, Spool, read
from files.storing import Begun
from tests.files.flat_pages import EVERYTHING, NOON, sent_page

BEGUN = Begun(UUID(int=7), "team/é/", NOON, 42)


def page_of(*names: str, span: Span = EVERYTHING) -> Page:
    return sent_page(*(BEGUN.path + name for name in names), span=span, prefix=BEGUN.path)


def kept(pages: Sequence[Page]) -> bytes:
    made = Spool(BEGUN)
    made.add(pages)
    with made.closed() as file:
        return file.read()


def told(packed: bytes) -> tuple[Begun, list[tuple[Span, list[str]]]]:
    begun, pages = read(io.BytesIO(packed))
    return begun, [(page.span, [listed.key for listed in page.objects]) for page in pages]


PLACES = st.binary(max_size=6)


@given(pages=st.lists(st.tuples(st.integers(0, 3), PLACES, PLACES | st.none(), st.booleans()), max_size=5))
def test_gives_back_every_page_as_it_came(pages: list[tuple[int, bytes, bytes | None, bool]]) -> None:
    made = [
        page_of(*map(str, range(count)), span=Span(after, upto, everything=everything))
        for count, after, upto, everything in pages
    ]
    assert told(kept(made)) == (
        BEGUN,
        [(page.span, [listed.key for listed in page.objects]) for page in made],
    )


@given(share=st.floats(0, 1, exclude_max=True))
def test_takes_nothing_that_was_cut_short_for_whole(share: float) -> None:
    packed = kept([page_of("a"), page_of("b", "c")])
    with pytest.raises(BrokenSpool):
        told(packed[: int(share * len(packed))])


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"<html>",
        b"\0\0\0\2{}\0\0\0\0",
        b"\0\0\0\2[]\0\0\0\0",
        b'\0\0\0\x10{"bucket_id": 7}\0\0\0\0',
        kept([])[:-4] + b"\0\0\0\1x\0\0\0\0",
        kept([])[:-4] + b"\0\0\0\x09\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0",
    ],
)
def test_refuses_what_is_no_spool(odd: bytes) -> None:
    with pytest.raises(BrokenSpool):
        told(odd)


def test_leaves_what_others_need_of_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=spool.SPARED_BYTES - 1))
    with pytest.raises(NoRoom):
        Spool(BEGUN)


def test_looks_again_at_how_much_is_free_while_it_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_LOOK_EVERY", 100)
    made = Spool(BEGUN)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(NoRoom):
        made.add([page_of("a"), page_of("b")])
    made.drop()


def test_all_together_grow_only_so_big(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Spool(BEGUN), Spool(BEGUN)
    first.add([page_of("a")])
    monkeypatch.setattr(spool, "MOST_BYTES", first._bytes + 200)
    with pytest.raises(NoRoom):
        second.add([page_of("a")])
    first.drop()
    second.add([page_of("b")])
    second.drop()


def test_leaves_no_file_anybody_could_find(tmp_path: Path, settings: Any) -> None:
    settings.SPOOL_DIR = str(tmp_path)
    made = Spool(BEGUN)
    made.add([page_of("a")])
    assert list(tmp_path.iterdir()) == []
    made.drop()


def test_says_that_there_is_no_place_for_it(tmp_path: Path, settings: Any) -> None:
    settings.SPOOL_DIR = str(tmp_path / "nowhere")
    with pytest.raises(OSError, match="No such file"):
        Spool(BEGUN)
