"""A reading link gives what was signed, and nothing else."""

import http.client
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from buckets.s3.links import presign_get
from tests.s3_contract.browser import BODY, PATH, now, send
from tests.s3_contract.conftest import Place


def link(place: Place, content_type: str = "image/png", expires: int = 60, at: datetime | None = None) -> str:
    return presign_get(
        place.reach,
        place.reach.file(PATH),
        expires=expires,
        disposition="inline",
        content_type=content_type,
        now=at or now(),
    )


def headers(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, BODY)
    connection.close()
    return {name.lower(): value for name, value in response.getheaders()}


def test_gives_the_type_and_name_that_were_signed(place: Place) -> None:
    place.put(PATH, BODY, ContentType="text/html")
    given = headers(link(place))
    assert given["content-type"].partition(";")[0] == "image/png"
    assert given["content-disposition"] == "inline; filename*=UTF-8''%C3%BC%20%231%20100%25%2B.pdf"


@pytest.mark.parametrize(
    "active", ["image/svg+xml", "text/html", "application/xhtml+xml", "text/javascript", ""]
)
def test_never_opens_what_may_run(place: Place, active: str) -> None:
    place.put(PATH, BODY, ContentType="text/html")
    assert headers(link(place, active))["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"response-content-type=image%2Fpng", "response-content-type=text%2Fhtml"),
        (r"response-content-disposition=inline", "response-content-disposition=attachment"),
        (r"&?response-content-disposition=[^&]*", ""),
        (r"press%20kit", "press%20kot"),
        (r"X-Amz-Expires=60", "X-Amz-Expires=604800"),
    ],
)
def test_refuses_a_link_that_was_changed(place: Place, pattern: str, replacement: str) -> None:
    place.put(PATH, BODY)
    tampered, count = re.subn(pattern, replacement, link(place), count=1)
    assert count == 1
    status, body = send("GET", tampered)
    assert (status, "SignatureDoesNotMatch" in body) == (403, True)


def test_refuses_an_expired_link(place: Place) -> None:
    place.put(PATH, BODY)
    assert send("GET", link(place, at=now() - timedelta(seconds=61)))[0] == 403


def test_is_valid_for_seven_days(place: Place) -> None:
    place.put(PATH, BODY)
    week = 7 * 24 * 3600
    assert send("GET", link(place, expires=week, at=now() - timedelta(seconds=week - 60)))[0] == 200


def test_refuses_somebody_without_a_link(place: Place) -> None:
    place.put(PATH, BODY)
    assert send("GET", link(place).partition("?")[0])[0] == 403
