"""What goes wrong, as a status, a code and a sentence; as a page, a toast or JSON."""

import json
from importlib import import_module
from io import BytesIO
from unittest.mock import patch
from urllib.parse import unquote

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import AsyncRequestFactory, Client

from buckets.s3.errors import NotAStore, S3AccessDenied, S3Unavailable, WrongRegion
from mediabridge.middleware import ErrorAnswers
from mediabridge.wire.errors import TABLE, answer_for
from tests.mediabridge.failing_urls import SECRET

pytestmark = pytest.mark.urls("tests.mediabridge.failing_urls")

CASES = {
    "missing": (404, "NOT_FOUND"),
    "denied": (403, "FORBIDDEN"),
    "suspicious": (400, "VALIDATION_ERROR"),
    "bucket": (404, "NOT_FOUND"),
    "malformed": (400, "VALIDATION_ERROR"),
    "invalid": (400, "VALIDATION_ERROR"),
    "s3-denied": (403, "S3_ACCESS_DENIED"),
    "s3-away": (503, "S3_UNAVAILABLE"),
    "bug": (500, "SERVER_ERROR"),
}


@pytest.fixture
def marks(mark):
    """Mark's browser, which keeps going after a failure as a real one does."""
    browser = Client(raise_request_exception=False)
    browser.force_login(mark)
    return browser


@pytest.mark.parametrize("name", TABLE)
def test_names_a_real_exception(name):
    module, _, cls = name.rpartition(".")
    assert issubclass(getattr(import_module(module), cls), Exception)


@pytest.mark.parametrize("name", CASES)
def test_answers_with_a_designed_page(marks, name):
    answer = marks.get(f"/fail/{name}")

    assert answer.status_code == CASES[name][0]
    page = answer.content.decode()
    assert 'id="main"' in page
    assert CASES[name][1] in page
    assert SECRET not in page
    assert "Traceback" not in page
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", CASES)
def test_answers_htmx_with_a_toast_and_swaps_nothing(marks, name):
    answer = marks.get(f"/fail/{name}", headers={"hx-request": "true"})

    assert (answer.status_code, answer["HX-Reswap"]) == (CASES[name][0], "none")
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert set(toast) == {"level", "title", "text"}
    assert all(toast.values())
    assert SECRET not in answer["HX-Trigger"] + answer.content.decode()


def test_answers_a_boosted_link_with_a_page(marks):
    answer = marks.get("/fail/missing", headers={"hx-request": "true", "hx-boosted": "true"})

    assert "<h1" in answer.content.decode()


@pytest.mark.parametrize("name", CASES)
def test_answers_scripts_with_json(marks, name):
    answer = marks.get(f"/fail/{name}", headers={"accept": "application/json"})

    assert (answer.status_code, answer.json()["error"]["code"]) == CASES[name]
    assert SECRET not in answer.content.decode()


def test_names_the_field_and_the_reason(marks):
    error = marks.get("/fail/malformed", headers={"accept": "application/json"}).json()["error"]

    assert (error["field"], error["message"]) == ("name", "A name can't contain a slash.")


def test_says_when_another_try_is_worth_it(marks):
    assert marks.get("/fail/s3-away")["Retry-After"] == "7"
    assert "Retry-After" not in marks.get("/fail/missing")


def test_names_the_missing_permission():
    assert "s3:ListBucket" in answer_for(S3AccessDenied(action="s3:ListBucket")).message


def test_answers_a_subclass_as_its_nearest_listed_ancestor():
    class Slow(S3Unavailable):
        pass

    assert answer_for(Slow(retry_after=2.6)).retry_after == 3


def test_knows_nothing_of_what_is_not_listed():
    assert answer_for(ZeroDivisionError()) is None


def test_says_that_the_database_is_away_even_while_asking_who_it_is(marks):
    with patch("accounts.session_store.SessionStore.load", side_effect=OperationalError(SECRET)):
        answer = marks.get("/account")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert SECRET not in answer.content.decode()


def test_has_a_page_for_an_address_that_leads_nowhere(marks):
    assert marks.get("/nothing").status_code == 404


def test_refuses_a_form_without_its_token_with_a_page(mark):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(mark)

    answer = browser.post("/account", {"name": "X"})

    assert answer.status_code == 403
    assert "out of date" in answer.content.decode()


@pytest.mark.parametrize("path", ["/b/X/a%00b", "/login?next=%00", "/account/password/%00"])
def test_refuses_an_address_with_a_nul(marks, path):
    assert marks.get(path).status_code == 400


@pytest.mark.parametrize(
    "raw", [b"/b/X/%FF", b"/b/X/%ED%A0%80", b"/b/X/%zz", b"/b/X/%", b"/b/X/%C0%AE%C0%AE/", b"/%FF"]
)
def test_refuses_broken_escapes(raw):
    """daphne has decoded the path before we see it, with a mark where it could not; only the raw one tells."""
    scope = AsyncRequestFactory()._base_scope(path="/b/X/\ufffd", raw_path=raw, method="GET")

    answer = ErrorAnswers(lambda _: HttpResponse("inside"))(ASGIRequest(scope, BytesIO()))

    assert answer.status_code == 400


@pytest.mark.parametrize("raw", [b"/b/X/100%25", b"/b/X/%F0%9F%90%9F", b"/b/X/a%2Fb", b"/b/X/plain"])
def test_lets_sound_escapes_pass(raw):
    scope = AsyncRequestFactory()._base_scope(path=unquote(raw.decode()), raw_path=raw, method="GET")

    answer = ErrorAnswers(lambda _: HttpResponse("inside"))(ASGIRequest(scope, BytesIO()))

    assert answer.content == b"inside"


@pytest.mark.parametrize("field", ["name", "na\x00me"])
def test_refuses_a_nul_in_a_form(marks, field):
    answer = marks.post("/account", {field: "a\x00b"}, headers={"accept": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "name"


def test_refuses_more_fields_than_one_form_may_have(marks, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10

    assert marks.post("/account", {f"f{n}": "x" for n in range(20)}).status_code == 413


def test_refuses_a_body_that_is_too_big(marks, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    assert (
        marks.post("/account", "x" * 200, content_type="application/x-www-form-urlencoded").status_code == 413
    )


class TestWithoutASession:
    def test_a_page_leads_to_the_login_page_and_back(self, client, mark):
        assert client.get("/account?a=1&b=2")["Location"] == "/login?next=%2Faccount%3Fa%3D1%26b%3D2"

    def test_htmx_goes_to_the_login_page_and_back_to_its_page(self, client, mark):
        headers = {"hx-request": "true", "hx-current-url": "http://testserver/b/PRESS/a/?sort=name"}

        answer = client.get("/account", headers=headers)

        assert answer.status_code == 401
        assert answer["HX-Redirect"] == "/login?next=%2Fb%2FPRESS%2Fa%2F%3Fsort%3Dname"

    @pytest.mark.parametrize("current", ["https://evil.example/x", "//evil.example/x", "rubbish", ""])
    def test_htmx_never_leads_back_to_another_site(self, client, mark, current):
        headers = {"hx-request": "true", "hx-current-url": current}

        answer = client.post("/account", headers=headers)

        assert answer["HX-Redirect"] == "/login"

    def test_a_posted_form_is_refused_and_offers_to_sign_in(self, client, mark):
        answer = client.post("/account", {"name": "X"})

        assert answer.status_code == 401
        assert 'href="/login"' in answer.content.decode()

    def test_a_script_is_told_in_json(self, client, mark):
        answer = client.post("/account", headers={"accept": "application/json"})

        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


def test_asks_nothing_about_whoever_only_wants_to_know_whether_we_live(marks):
    with patch("accounts.session_store.SessionStore.load", side_effect=OperationalError):
        assert marks.get("/healthz").status_code == 200


def test_draws_a_page_without_its_frame_where_the_frame_fails(marks):
    with patch("accounts.session_store.SessionStore.load", side_effect=OperationalError(SECRET)):
        answer = marks.get("/nothing")

    page = answer.content.decode()
    assert answer.status_code == 404
    assert '<body class="bare">' in page
    assert SECRET not in page


def test_answers_in_plain_words_when_no_page_can_be_drawn(marks):
    with patch("mediabridge.error_pages.render_to_string", side_effect=ValueError(SECRET)):
        answer = marks.get("/fail/missing")

    assert answer.status_code == 404
    assert "<h1>Nothing here</h1>" in answer.content.decode()


def test_refuses_a_host_that_is_not_ours(marks):
    answer = marks.get("/account", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize(
    ("problem", "said"), [(WrongRegion(), "in another region"), (NotAStore(), "is not a storage")]
)
def test_says_what_is_wrong_with_a_bucket_that_refuses(problem: Exception, said: str) -> None:
    answer = answer_for(problem)
    assert (answer.status, said in answer.message) == (502, True)
    assert "An administrator can test" in answer.hint
