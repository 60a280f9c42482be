"""Hits as programs and pages see them."""

import json
from datetime import UTC, datetime
from itertools import product

from search.hits import FILE, FOLDER, Hit
from search.lines import identity_of, lines_of, page_item

AT = datetime(2026, 3, 1, 12, 0, 0, 5000, tzinfo=UTC)


def test_shows_a_file_as_programs_know_it():
    (line,) = lines_of(
        [Hit(FILE, "team/a/", "Plan ü\n2.pdf"[:6], 7, AT, "STANDARD", "document")], root="team/"
    )

    assert json.loads(line) == {
        "resource_name": "Plan ü", "prefix": "a/", "full_path": "team/a/Plan ü", "type": "file", "file_size": 7,
        "uploaded_at": "2026-03-01T12:00:00.005000Z",
    }  # fmt: skip


def test_keeps_names_nobody_can_send_back_from_programs():
    odd = [
        Hit(FOLDER, "team/", ".."),
        Hit(FILE, "team/a/../", "plan"),
        Hit(FILE, "team/a//", "x"),
        Hit(FILE, "", "a\nb"),
    ]

    assert list(lines_of(odd, root="")) == []
    assert all(page_item(hit, root="")["unreachable"] for hit in odd)
    assert [page_item(hit, root="")["is_stray"] for hit in odd] == [False, True, True, False]


def test_tells_a_page_more():
    item = page_item(Hit(FILE, "a/", "b.png", 1, AT, "GLACIER", "image"), root="")

    assert (item["storage_class"], item["group"], item["unreachable"]) == ("GLACIER", "image", "")


def test_never_breaks_a_line():
    (line,) = lines_of([Hit(FILE, "", "a\n\u2028b")], root="", for_page=True)

    assert len(line.split("\n")) == 1


def test_begins_the_lines_of_one_hit_alike_and_of_no_other():
    names = ["a", "b", 'a","file_size":', 'a","file_size":1', 'a\\","file_size":']
    hits = [Hit(kind, folder, name) for kind, folder, name in product((FILE, FOLDER), ("", "x/"), names)]
    for for_page in (False, True):
        before = list(lines_of(hits, root="", for_page=for_page))
        after = list(
            lines_of(
                [hit if hit.kind == FOLDER else hit._replace(size=9, modified_at=AT) for hit in hits],
                root="",
                for_page=for_page,
            )
        )

        assert list(map(identity_of, before)) == list(map(identity_of, after))
        assert len(set(map(identity_of, before))) == len(hits)
