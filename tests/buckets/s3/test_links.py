"""Links: where they lead, what they allow, and what they never do."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.credentials import seal
from buckets.paths import Malformed, OutOfBounds, Reach
from buckets.s3.errors import BadCredentials
from buckets.s3.links import presign_get, presign_put
from buckets.s3.origins import browser_origins
from tests.buckets.s3.conftest import ACCESS_KEY, SECRET_KEY, make_reach

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REACH = make_reach("https://s3.example.com", root="team/")


def read(
    reach: Reach = REACH, path: str = "a.png", content_type: str = "image/png", disposition: str = "inline"
) -> str:
    return presign_get(
        reach,
        reach.file(path),
        expires=900,
        disposition=disposition,  # type: ignore[arg-type]
        content_type=content_type,
        now=NOW,
    )


def asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_reads_the_object_below_the_root_and_no_other() -> None:
    url = urlsplit(read(path="a b/c#d.png"))
    assert (url.scheme, url.netloc, url.path) == (
        "https",
        "s3.example.com",
        "/press-kit/team/a%20b/c%23d.png",
    )


def test_says_until_when_it_is_valid() -> None:
    assert (asked(read())["X-Amz-Date"], asked(read())["X-Amz-Expires"]) == ("20260301T120000Z", "900")


def test_is_the_same_for_the_same_moment() -> None:
    assert read() == read()


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1, max_size=100))
def test_gives_any_name_back_whole(name: str) -> None:
    try:
        url = read(path=name)
    except (Malformed, OutOfBounds):
        return
    shown = asked(url)["response-content-disposition"]
    assert shown.isascii()
    assert unquote(shown.partition("''")[2]) == name.rpartition("/")[2]
    assert unquote(urlsplit(url).path) == f"/press-kit/team/{name}"


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "application/pdf", "text/plain; charset=utf-8"])
@pytest.mark.parametrize("disposition", ["inline", "attachment"])
def test_shows_or_saves_as_asked(kind: str, disposition: str) -> None:
    parameters = asked(read(content_type=kind, disposition=disposition))
    assert parameters["response-content-type"] == kind
    assert parameters["response-content-disposition"] == f"{disposition}; filename*=UTF-8''a.png"


@pytest.mark.parametrize(
    "active",
    [
        "image/svg+xml",
        "IMAGE/SVG+XML",
        " text/html ; charset=utf-8",
        "application/xhtml+xml",
        "text/xml",
        "application/xml",
        "application/rss+xml",
        "text/javascript",
        "application/x-javascript",
        "application/ecmascript",
        "application/x-shockwave-flash",
        "application/octet-stream",
        "",
    ],
)
def test_only_saves_what_may_run(active: str) -> None:
    assert asked(read(content_type=active))["response-content-disposition"].startswith("attachment;")


def test_never_leaves_the_stored_type_in_force() -> None:
    assert asked(read(content_type=""))["response-content-type"] == "application/octet-stream"


class TestUploads:
    def put(self, *, create_only: bool = True, size: int = 5) -> tuple[str, dict[str, str]]:
        upload = presign_put(
            REACH, REACH.file("a.png"), size=size, content_type="image/png", create_only=create_only, now=NOW
        )
        return upload.url, upload.headers

    def test_name_the_headers_a_browser_must_send(self) -> None:
        assert self.put()[1] == {
            "Content-Type": "image/png",
            "Content-Disposition": "inline",
            "If-None-Match": "*",
        }
        assert "If-None-Match" not in self.put(create_only=False)[1]

    def test_sign_them_and_the_length(self) -> None:
        names = asked(self.put()[0])["X-Amz-SignedHeaders"].split(";")
        assert names == ["content-disposition", "content-length", "content-type", "host", "if-none-match"]
        assert self.put(size=5)[0] != self.put(size=6)[0]

    def test_are_valid_for_five_minutes(self) -> None:
        assert asked(self.put()[0])["X-Amz-Expires"] == "300"


def test_refuses_a_key_of_another_bucket() -> None:
    other = make_reach("https://s3.example.com", root="team/")
    with pytest.raises(OutOfBounds):
        presign_get(
            REACH, other.file("a"), expires=1, disposition="inline", content_type="image/png", now=NOW
        )
    with pytest.raises(OutOfBounds):
        presign_put(REACH, other.file("a"), size=1, content_type="image/png", create_only=True, now=NOW)


def test_refuses_a_key_of_a_wider_root() -> None:
    wider = replace(REACH, root="")
    with pytest.raises(OutOfBounds):
        presign_get(
            REACH, wider.file("b"), expires=1, disposition="inline", content_type="image/png", now=NOW
        )


def test_shows_no_secret() -> None:
    upload = presign_put(REACH, REACH.file("a"), size=1, content_type="image/png", create_only=True, now=NOW)
    assert SECRET_KEY not in upload.url + repr(upload)
    assert "X-Amz" not in repr(upload)


def test_refuses_a_seal_that_does_not_open() -> None:
    broken = replace(REACH, connection=replace(REACH.connection, secret_access_key="v1.x.y"))
    with pytest.raises(BadCredentials) as refused:
        read(broken)
    assert refused.value.code == "BadSeal"


def test_signs_with_the_new_key_at_once_when_a_connection_changed() -> None:
    row = REACH.bucket_id
    fresh = seal("AKIDANOTHER", row_id=row, field="access_key_id")
    changed = replace(REACH, connection=replace(REACH.connection, access_key_id=fresh, version=2))
    assert asked(read())["X-Amz-Credential"].startswith(ACCESS_KEY)
    assert asked(read(changed))["X-Amz-Credential"].startswith("AKIDANOTHER/")
    assert asked(read())["X-Amz-Credential"].startswith(ACCESS_KEY)


class TestWhereBrowsersGo:
    def reach(self, **changes: str) -> Reach:
        return replace(REACH, connection=replace(REACH.connection, **changes))  # type: ignore[arg-type]

    def test_they_use_the_public_endpoint(self) -> None:
        reach = self.reach(
            endpoint_url="http://10.0.0.1:9000", public_endpoint_url="https://files.example.com"
        )
        assert urlsplit(read(reach)).netloc == "files.example.com"
        assert browser_origins(reach) == ("https://files.example.com",)

    def test_they_use_the_buckets_own_host_at_aws(self) -> None:
        reach = self.reach(
            endpoint_url="", public_endpoint_url="", addressing_style="virtual", region="eu-central-1"
        )
        assert browser_origins(reach) == ("https://press-kit.s3.eu-central-1.amazonaws.com",)
        assert urlsplit(read(reach)).netloc == "press-kit.s3.eu-central-1.amazonaws.com"

    def test_they_use_the_cdn_too(self) -> None:
        reach = replace(REACH, cdn_base="https://cdn.example.com/base")
        assert browser_origins(reach) == ("https://s3.example.com", "https://cdn.example.com")

    def test_an_origin_is_named_once(self) -> None:
        assert browser_origins(replace(REACH, cdn_base="https://s3.example.com/x")) == (
            "https://s3.example.com",
        )
