"""What a page may load."""

import pytest

from tests import people

BUCKET_DIRECTIVES = ("connect-src", "img-src", "media-src", "frame-src")


def policy(answer):
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


def foreign(answer):
    return {
        name: {source for source in sources if source.startswith("http")}
        for name, sources in policy(answer).items()
        if any(source.startswith("http") for source in sources)
    }


@pytest.fixture
def marks(client, mark):
    client.force_login(mark)
    return client


def test_lists_the_origins_of_the_buckets_a_person_may_reach(marks, mark):
    mine = people.press_bucket(endpoint_url="https://s3.mine.example", addressing_style="path",
                               cloudfront_base_url="https://cdn.mine.example/base")  # fmt: skip
    people.press_bucket(
        display_name="Other", endpoint_url="https://s3.other.example", addressing_style="path"
    )
    people.assign(mark, mine)

    found = foreign(marks.get("/"))

    assert set(found) == set(BUCKET_DIRECTIVES)
    assert all(
        sources == {"https://s3.mine.example", "https://cdn.mine.example"} for sources in found.values()
    )


@pytest.mark.parametrize("page", ["/account", "/nothing", "/login", "/b/NONE/"])
def test_lists_none_on_pages_that_show_no_files(marks, mark, press, page):
    people.assign(mark, press)

    assert foreign(marks.get(page)) == {}


def test_lists_none_for_a_stranger(client, press, mark):
    assert foreign(client.get("/login")) == {}


def test_lists_none_for_somebody_without_buckets(marks, press):
    assert foreign(marks.get("/")) == {}


@pytest.mark.parametrize("directive", ["default-src", "base-uri", "frame-ancestors"])
def test_allows_nothing_where_nothing_is_needed(marks, directive):
    assert policy(marks.get("/"))[directive] == ["'none'"]


def test_never_lists_a_foreign_origin_for_scripts_and_styles(marks, mark, press):
    people.assign(mark, press)
    found = policy(marks.get("/"))

    for directive in ("script-src", "style-src", "form-action"):
        assert not [source for source in found[directive] if source.startswith("http") or "unsafe" in source]


def test_gives_every_answer_its_own_nonce(marks):
    def nonces():
        return {
            source for source in policy(marks.get("/account"))["script-src"] if source.startswith("'nonce-")
        }

    first, second = nonces(), nonces()

    assert len(first) == len(second) == 1
    assert first != second


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ],
)
@pytest.mark.parametrize("page", ["/account", "/login", "/nothing", "/admin/"])
def test_hardens_every_answer(marks, page, header, value):
    assert marks.get(page)[header] == value
