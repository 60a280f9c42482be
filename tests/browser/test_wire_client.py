"""The client for programs in pages, in somebody else's application on another origin: tabs, expired tokens, haste, goodbyes."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route

from accounts import sessions
from accounts.models import RefreshToken, Session, User
from buckets import doctor
from tests.ageing import grown_old
from tests.browser.conftest import Cast
from tests.browser.live import Live
from tests.browser.stores import StoredBucket
from tests.browser.watch import Watch
from tests.people import PASSWORD

PageAs = Callable[..., Page]
LOAD = """async url => {
  const { WireClient, WireError } = await import(`${url}/static/js/wire_client.js`);
  globalThis.base = `${url}/api`;
  globalThis.wire = new WireClient(base);
  globalThis.ends = [];
  wire.addEventListener("signedout", ({ detail }) => ends.push(detail.code));
  globalThis.soon = (promise) => Promise.race([promise, new Promise(done => setTimeout(() => done("late"), 20_000))]);
  globalThis.tried = async (promise) => {
    try { return await promise; }
    catch (problem) {
      if (!(problem instanceof WireError)) return { name: problem.name };
      const { code, message, status, details } = problem;
      return { code, message, status, details };
    }
  };
}"""
FIVE = """async at => {
  await new Promise(done => setTimeout(done, at - Date.now()));
  return Promise.all([1, 2, 3, 4, 5].map(() => tried(wire.request("/auth/me"))));
}"""
HOLD = """async () => {
  const name = `mediabridge ${base}`;
  globalThis.news = new BroadcastChannel(name);
  await new Promise(granted => navigator.locks.request(name, () => {
    granted();
    return new Promise(done => { globalThis.letGo = done; });
  }));
}"""
"""Keeps the lock of the tabs, as one does that is waiting for an answer."""
UPLOAD = """async bucketId => {
  const file = new File(["Hello"], "hello ü.txt", { type: "text/plain" });
  const json = [{ bucketId, path: "", filename: file.name, size: file.size, contentType: file.type }];
  const [{ presignedUrl }] = await wire.request("/upload/presign", { method: "POST", json });
  const headers = { "Content-Type": file.type, "Content-Disposition": "inline" };
  const { ok } = await fetch(presignedUrl, { method: "PUT", body: file, headers });
  const { items } = await wire.request(`/buckets/${bucketId}/files?prefix=`);
  return [ok, items.map(item => item.resource_name)];
}"""
HURRIED = """
globalThis.waits = [];
globalThis.isHurried = true;
const patient = setTimeout;
globalThis.setTimeout = (then, ms) => { waits.push(ms); return patient(then, isHurried ? 0 : ms); };
"""
"""Timers fire at once, and are remembered."""
NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });"


class Application:
    """A browser with the application open in tabs, and what it asks of the product."""

    def __init__(self, context: BrowserContext, front: str, live: Live) -> None:
        self.context, self._front, self._live = context, front, live
        self.answers: list[tuple[str, int]] = []
        context.on("response", lambda answer: self.answers.append((self._door(answer.url), answer.status)))

    def tab(self) -> Page:
        page = self.context.new_page()
        self.load(page)
        return page

    def load(self, page: Page) -> None:
        page.goto(self._front)
        page.evaluate(LOAD, self._live.url)

    def sign_in(self, page: Page, person: User) -> Any:
        return page.evaluate(
            "([email, password]) => tried(wire.signIn(email, password))", [person.email, PASSWORD]
        )

    def old_tabs(self, person: User) -> tuple[Page, Page]:
        """Two tabs of one session, with an access token that has expired meanwhile."""
        self.context.route("**/api/auth/*", _give_an_old_token)
        first, second = self.tab(), self.tab()
        self.sign_in(first, person)
        assert second.evaluate("wire.resume()") is True
        self.context.unroute("**/api/auth/*")
        self.answers.clear()
        return first, second

    def five_each(self, *tabs: Page, refreshing: int = 0) -> list[Any]:
        """What `/auth/me` answers to five calls of each of these tabs, all made in the same moment.

        When they are to meet an expired token, `refreshing` is how many refreshes are asked for before one is answered.
        """
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        if refreshing:
            self.context.route("**/api/auth/refresh", hold)
        at = tabs[0].evaluate("Date.now() + 150")
        for tab in tabs:
            tab.evaluate(f"at => {{ globalThis.five = ({FIVE})(at); }}", at)
        if refreshing:
            for _ in range(500):
                if self.count("/auth/me", 401) == 5 * len(tabs):
                    break
                tabs[0].wait_for_timeout(20)
            tabs[0].wait_for_timeout(100)
            assert len(held) == refreshing
            for route in held:
                route.continue_()
            self.context.unroute("**/api/auth/refresh", hold)
        return [answer for tab in tabs for answer in tab.evaluate("five")]

    def count(self, door: str, status: int) -> int:
        return Counter(self.answers)[door, status]

    def _door(self, url: str) -> str:
        return url.removeprefix(f"{self._live.url}/api")


def _give_an_old_token(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, json={"token": grown_old(answer.json()["token"])})


@pytest.fixture
def application(page_as: PageAs, front: str, live: Live) -> Application:
    blank = page_as(None, once=True)
    made = Application(blank.context, front, live)
    blank.close()
    return made


def refreshes(person: User) -> int:
    return RefreshToken.objects.filter(session__user=person, used_at__isnull=False).count()


def test_refreshes_once_for_ten_calls_of_two_tabs(application: Application, cast: Cast) -> None:
    tabs = application.old_tabs(cast.mark)
    before = refreshes(cast.mark)

    answers = application.five_each(*tabs, refreshing=1)

    assert [answer["email"] for answer in answers] == [cast.mark.email] * 10
    assert application.count("/auth/me", 401) == application.count("/auth/me", 200) == 10
    assert [answer for answer in application.answers if answer[0] == "/auth/refresh"] == [
        ("/auth/refresh", 200)
    ]
    assert refreshes(cast.mark) == before + 1
    assert application.five_each(*tabs) == answers
    assert application.count("/auth/me", 401) == 10


def test_waits_while_another_tab_is_at_it_whatever_becomes_of_others(
    application: Application, cast: Cast
) -> None:
    mine, other = application.old_tabs(cast.mark)
    other.evaluate(HOLD)
    mine.evaluate("globalThis.asked = tried(wire.request('/auth/me')); 0")
    given_up = "tried(wire.request('/auth/me', { signal: AbortSignal.timeout(100) }))"
    assert mine.evaluate(f"soon({given_up})") == {"name": "TimeoutError"}
    assert application.count("/auth/refresh", 200) == 0

    other.evaluate(
        "news.postMessage({ over: ['SIGNED_OUT', 'You signed out.', 0], person: 'somebody else' })"
    )
    other.evaluate("letGo()")

    assert mine.evaluate("asked")["email"] == cast.mark.email


def test_gets_there_without_locks(application: Application, cast: Cast) -> None:
    application.context.add_init_script(NO_LOCKS)
    tabs = application.old_tabs(cast.mark)

    answers = application.five_each(*tabs, refreshing=2)

    assert [answer["email"] for answer in answers] == [cast.mark.email] * 10
    assert application.count("/auth/refresh", 401) == 1
    assert [tab.evaluate("ends") for tab in tabs] == [[], []]


def test_says_in_all_tabs_once_that_a_refresh_token_was_used(application: Application, cast: Cast) -> None:
    tabs = application.old_tabs(cast.rita)
    mine = RefreshToken.objects.filter(session__user=cast.rita, used_at__isnull=True)
    mine.update(used_at=timezone.now())

    answers = application.five_each(*tabs)

    assert [answer["code"] for answer in answers] == ["REFRESH_TOKEN_USED"] * 10
    assert [tab.evaluate("[wire.isSignedIn, ends]") for tab in tabs] == [[False, ["REFRESH_TOKEN_USED"]]] * 2


def test_says_in_all_tabs_once_that_somebody_was_forced_out(application: Application, cast: Cast) -> None:
    first, second = application.tab(), application.tab()
    application.sign_in(first, cast.uma)
    assert second.evaluate("wire.resume()") is True
    sessions.force_logout(user=cast.uma, reason="test", now=timezone.now())

    assert [answer["code"] for answer in application.five_each(first)] == ["FORCE_LOGGED_OUT"] * 5

    second.wait_for_function("ends.length")
    assert [tab.evaluate("ends") for tab in (first, second)] == [["FORCE_LOGGED_OUT"]] * 2
    # Whoever comes after that learns why, too; whoever never was signed in, nothing.
    application.load(first)
    assert first.evaluate("wire.resume().then(is => [is, ends])") == [False, ["FORCE_LOGGED_OUT"]]
    application.context.clear_cookies()
    application.load(first)
    assert first.evaluate("wire.resume().then(is => [is, ends])") == [False, []]


def test_goes_on_after_a_reload_until_somebody_signs_out(application: Application, cast: Cast) -> None:
    first, second = application.tab(), application.tab()
    application.sign_in(first, cast.mark)
    application.load(first)
    kept = "[localStorage.length, sessionStorage.length, document.cookie]"
    assert first.evaluate(kept) == [0, 0, ""]
    assert first.evaluate("tried(wire.request('/auth/me'))")["code"] == "UNAUTHORIZED"
    assert first.evaluate("wire.resume()") is True
    assert first.evaluate("tried(wire.request('/auth/me'))")["email"] == cast.mark.email
    assert second.evaluate("wire.resume()") is True
    assert second.evaluate("wire.token().then(token => token.split('.').length)") == 3

    first.evaluate("wire.signOut()")

    second.wait_for_function("ends.length")
    assert [tab.evaluate("ends") for tab in (first, second)] == [["SIGNED_OUT"]] * 2
    assert Session.objects.filter(user=cast.mark).latest("first_seen_at").ended_reason == "signed_out"
    assert first.evaluate("wire.resume()") is False
    assert second.evaluate("tried(wire.request('/auth/me'))")["code"] == "UNAUTHORIZED"


def test_asks_nothing_in_the_name_of_somebody_else(application: Application, cast: Cast) -> None:
    first, second = application.tab(), application.tab()
    application.sign_in(first, cast.mark)
    application.sign_in(second, cast.rita)

    first.wait_for_function("ends.length")
    assert first.evaluate("ends") == ["SOMEBODY_ELSE"]
    assert second.evaluate("tried(wire.request('/auth/me'))")["email"] == cast.rita.email


def test_uploads_from_there_by_the_rule_that_the_connection_test_adds(
    application: Application, cast: Cast, front: str, make_bucket: Callable[..., StoredBucket]
) -> None:
    bucket = make_bucket(files={"old.txt": b"x"})
    doctor.add_cors_rule(bucket.row, origins=[front])
    bucket.assign(cast.mark)
    page = application.tab()
    application.sign_in(page, cast.mark)

    assert page.evaluate(UPLOAD, str(bucket.row.pk)) == [True, ["hello ü.txt", "old.txt"]]
    assert bucket.body("hello ü.txt") == b"Hello"


def test_waits_as_long_as_the_server_says_and_no_longer_than_that_pays(
    application: Application, cast: Cast
) -> None:
    application.context.add_init_script(HURRIED)
    page = application.tab()
    application.sign_in(page, cast.mark)
    told = iter(["7", "1", "", *["2"] * 5, "61", "30"])

    def too_fast(route: Route) -> None:
        answer = route.fetch()
        if not (wait := next(told, "")):
            return route.fulfill(response=answer)
        body = {"code": "RATE_LIMITED", "message": "You were quicker than we allow."}
        headers = {**answer.headers, "retry-after": wait}
        return route.fulfill(response=answer, status=429, headers=headers, json=body)

    application.context.route("**/api/auth/me", too_fast)
    asked = "waits.length = 0, tried(wire.request('/auth/me'))"
    assert page.evaluate(asked)["email"] == cast.mark.email
    longer, shorter = page.evaluate("waits")
    assert 7000 <= longer <= 7500
    assert 1000 <= shorter <= 2000

    assert page.evaluate(asked)["details"] == {"retry_after": 2}
    assert page.evaluate("waits.length") == 4

    refused = page.evaluate(asked)
    assert (refused["code"], refused["status"]) == ("RATE_LIMITED", 429)
    assert page.evaluate("waits") == []

    page.evaluate("isHurried = false")
    given_up = "tried(wire.request('/auth/me', { signal: AbortSignal.timeout(300) }))"
    assert page.evaluate(f"soon({given_up})") == {"name": "TimeoutError"}


def test_says_what_went_wrong_and_repeats_nothing(application: Application, cast: Cast, watch: Watch) -> None:
    watch.allow("ERR_FAILED|answer 50[23]")
    page = application.tab()
    assert application.sign_in(page, cast.dora)["code"] == "UNAUTHORIZED"
    assert page.evaluate("ends") == []
    application.sign_in(page, cast.mark)
    asked = []

    def fail(route: Route) -> None:
        asked.append(route.request.url)
        status = len(asked)
        if status == 1:
            return route.abort()
        away = {"code": "S3_UNAVAILABLE", "message": "The storage is slow.", "details": {"retry_after": 5}}
        return route.fulfill(
            response=(answer := route.fetch()), status={2: 503, 3: 502, 4: 307}[status],
            headers={**answer.headers, "retry-after": "5", "location": "/api/upload/confirm"},
            **({"json": away} if status == 2 else {"body": "<h1>Bad gateway</h1>"}),
        )  # fmt: skip

    application.context.route("**/api/upload/confirm", fail)
    post = "tried(wire.request('/upload/confirm', { method: 'POST', json: [] }))"
    assert page.evaluate(post)["code"] == "NETWORK"
    away = page.evaluate(post)
    assert (away["code"], away["status"], away["details"]) == ("S3_UNAVAILABLE", 503, {"retry_after": 5})
    assert page.evaluate(post)["code"] == "HTTP_502"
    assert page.evaluate(post)["code"] == "NETWORK"
    assert len(asked) == 4
    assert page.evaluate("tried(wire.request('/auth/nothing'))")["code"] == "NOT_FOUND"
    assert page.evaluate("ends") == []
