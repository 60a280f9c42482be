"""/activity: what happened, as far as one may see it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.audit import Operation, Outcome, record
from accounts.models import AuditEntry, User
from buckets.models import Assignment, Bucket
from files.models import Folder
from tests import people
from tests.accounts.chains import tamper
from tests.files.doors import HTMX, signed_in

URL = "/activity"


def happened(
    bucket: Bucket, by: User, path: str, operation: Operation = Operation.UPLOAD_CONFIRMED, **more: Any
) -> AuditEntry:
    return record(
        by=by, operation=operation, bucket_id=bucket.id, bucket_code=bucket.system_code, path=path, **more
    )


def seen(client: Client, query: str = "", **headers: str) -> list[str]:
    """The raw paths of the rows on the page, or what an entry without one is."""
    page = client.get(URL + query, headers=headers).context["page"]
    return [row.entry.path or row.entry.operation for row in page.rows]


@pytest.fixture
def marks(mark: User, press: Bucket) -> Client:
    people.assign(mark, press, root="projects/marketing/")
    return signed_in(mark)


@pytest.fixture
def adas(ada: User) -> Client:
    return signed_in(ada)


class TestWhatAPersonSees:
    def test_tells_what_happened_to_files_inside_the_root(
        self, marks: Client, press: Bucket, rita: User, mark: User
    ) -> None:
        happened(press, rita, "projects/marketing/a.png")
        happened(press, mark, "projects/marketing/deep/er/b.png", Operation.DELETED)

        answer = marks.get(URL)

        rows = answer.context["page"].rows
        assert [(row.who, row.said, row.about, row.place) for row in rows] == [
            ("Mark Eting", "deleted", "b.png", "Press kit / deep / er"),
            ("Rita Reader", "uploaded", "a.png", "Press kit"),
        ]

    @pytest.mark.parametrize(
        "path",
        [
            "projects/marketing-secret/x", "projects/marketing", "projects/Marketing/x", "projects/x", "x", "",
            "projects/marketinX/x", "PROJECTS/MARKETING/x", "/projects/marketing/x",
        ],
    )  # fmt: skip
    def test_tells_nothing_from_outside(self, marks: Client, press: Bucket, rita: User, path: str) -> None:
        happened(press, rita, path)

        assert seen(marks) == []

    @pytest.mark.parametrize(
        ("root", "path"),
        [("team_a/", "teamXa/x"), ("100%/", "100 and more/x"), ("a\\b/", "a\\\\b/x"), ("a\\b/", "ab/x")],
    )
    def test_takes_the_signs_of_a_root_for_themselves(
        self, marks: Client, press: Bucket, rita: User, root: str, path: str
    ) -> None:
        Assignment.objects.update(root_path=root)
        happened(press, rita, path)
        happened(press, rita, f"{root}own")

        assert seen(marks) == [f"{root}own"]

    def test_compares_a_root_longer_than_its_index_whole(
        self, marks: Client, press: Bucket, rita: User
    ) -> None:
        Assignment.objects.update(root_path="x" * 300 + "/")
        happened(press, rita, "x" * 300 + "/in")
        happened(press, rita, "x" * 299 + "y/out")

        assert seen(marks) == ["x" * 300 + "/in"]

    def test_follows_the_root_when_it_changes(self, marks: Client, press: Bucket, rita: User) -> None:
        happened(press, rita, "projects/marketing/a")
        happened(press, rita, "projects/sales/b")
        Assignment.objects.update(root_path="projects/sales/")

        assert seen(marks) == ["projects/sales/b"]

    def test_follows_the_buckets_own_root(self, marks: Client, press: Bucket, rita: User) -> None:
        Bucket.objects.update(root_path="tenant/")
        happened(press, rita, "projects/marketing/a")
        happened(press, rita, "tenant/projects/marketing/b")

        assert seen(marks) == ["tenant/projects/marketing/b"]

    def test_joins_all_their_buckets_newest_first(
        self, marks: Client, press: Bucket, mark: User, rita: User
    ) -> None:
        other = people.press_bucket(display_name="Other")
        people.assign(mark, other, root="")
        third = people.press_bucket(display_name="Not mine")
        happened(press, rita, "projects/marketing/1")
        happened(other, rita, "2")
        happened(third, rita, "projects/marketing/3")
        happened(press, rita, "projects/marketing/4")

        assert seen(marks) == ["projects/marketing/4", "2", "projects/marketing/1"]

    def test_tells_nothing_any_more_once_the_bucket_is_taken_away(
        self, marks: Client, press: Bucket, rita: User
    ) -> None:
        happened(press, rita, "projects/marketing/a")
        Assignment.objects.all().delete()

        assert seen(marks) == []

    def test_tells_nothing_of_a_bucket_that_took_anothers_code(
        self, marks: Client, press: Bucket, mark: User, rita: User
    ) -> None:
        happened(press, rita, "projects/marketing/of the old one")
        press.delete()
        people.assign(mark, people.press_bucket(), root="projects/marketing/")

        assert seen(marks) == []

    @pytest.mark.parametrize(
        "operation", [Operation.LINK_COPIED, Operation.LINK_OPENED, Operation.DOWNLOADED]
    )
    def test_tells_who_took_a_file_out(
        self, marks: Client, press: Bucket, rita: User, operation: Operation
    ) -> None:
        happened(press, rita, "projects/marketing/a", operation)

        assert seen(marks) == ["projects/marketing/a"]

    def test_tells_of_nobody_elses_refusals(
        self, marks: Client, press: Bucket, mark: User, rita: User
    ) -> None:
        for by in (rita, mark):
            happened(press, by, f"projects/marketing/{by.name}", Operation.DELETED, outcome=Outcome.REFUSED)

        assert seen(marks) == ["projects/marketing/Mark Eting"]

    def test_tells_what_failed(self, marks: Client, press: Bucket, rita: User) -> None:
        happened(press, rita, "projects/marketing/a", Operation.DELETED, outcome=Outcome.FAILED)

        assert "Failed" in marks.get(URL).content.decode()

    def test_tells_of_others_nothing_but_what_happens_to_files(
        self, marks: Client, press: Bucket, rita: User
    ) -> None:
        told = {"upload_confirmed", "deleted", "link_copied", "link_opened", "downloaded"}
        for operation in set(Operation) - told:
            record(by=rita, operation=operation, detail={"person": "mark@example.com"})
            happened(press, rita, "projects/marketing/a", operation)

        assert seen(marks) == []

    def test_tells_nobody_of_a_violation_not_even_its_author(
        self, marks: Client, press: Bucket, mark: User
    ) -> None:
        happened(press, mark, "projects/marketing/../secret", Operation.VIOLATION, outcome=Outcome.REFUSED)

        assert seen(marks) == []

    def test_tells_ones_own_sign_ins_with_their_address(self, marks: Client, mark: User, rita: User) -> None:
        record(by=mark, operation=Operation.SIGNED_IN, ip="198.51.100.7")
        record(by=mark, operation=Operation.SIGN_IN_REFUSED, outcome=Outcome.REFUSED, ip="203.0.113.9")
        record(by=rita, operation=Operation.SIGNED_IN, ip="192.0.2.44")

        text = marks.get(URL).content.decode()

        assert seen(marks) == ["sign_in_refused", "signed_in"]
        assert "198.51.100.7" in text
        assert "203.0.113.9" in text
        assert "192.0.2.44" not in text

    def test_shows_nobodys_address_or_e_mail(self, marks: Client, press: Bucket, rita: User) -> None:
        happened(press, rita, "projects/marketing/a", ip="192.0.2.44", detail={"size": 31337})

        text = marks.get(URL).content.decode()

        assert "Rita Reader" in text
        assert not [secret for secret in ("192.0.2.44", "rita@example.com", "31337") if secret in text]

    def test_names_the_token_that_acted_to_its_owner_and_to_administrators(
        self, marks: Client, adas: Client, press: Bucket, mark: User, rita: User
    ) -> None:
        for user, name in ((mark, "Backup (mbp_111111…)"), (rita, "Secret plan (mbp_222222…)")):
            detail = {"token": {"id": str(user.pk), "name": name}}
            happened(press, user, "projects/marketing/a", detail=detail)
        record(by=mark, operation=Operation.TOKEN_MADE, detail={"name": "Camera (mbp_333333…)"})
        record(by=rita, operation=Operation.TOKEN_MADE, detail={"name": "Nobody's (mbp_444444…)"})

        mine, all_of_it = (client.get(URL).content.decode() for client in (marks, adas))

        assert [mark for mark in ("111111", "222222", "333333", "444444") if mark in mine] == [
            "111111",
            "333333",
        ]
        assert [mark for mark in ("111111", "222222", "333333", "444444") if mark not in all_of_it] == []

    def test_shows_no_path_above_the_root(self, marks: Client, press: Bucket, rita: User) -> None:
        happened(press, rita, "projects/marketing/a")
        Folder.objects.create(bucket=press, path="projects/marketing/", path_folded="projects/marketing/")

        assert "projects/" not in marks.get(URL).content.decode()

    def test_shows_names_as_they_are_and_never_as_markup(
        self, marks: Client, press: Bucket, rita: User
    ) -> None:
        happened(press, rita, "projects/marketing/<script>alert(1)</script>.txt")

        assert "<script>alert" not in marks.get(URL).content.decode()


@pytest.mark.parametrize(
    ("operation", "more", "said"),
    [
        (Operation.UPLOAD_CONFIRMED, {}, "uploaded"),
        (Operation.UPLOAD_CONFIRMED, {"detail": {"overwrites": True}}, "replaced"),
        (Operation.DELETED, {}, "deleted"),
        (Operation.DELETED, {"outcome": Outcome.FAILED}, "tried to delete"),
        (Operation.DELETED, {"outcome": Outcome.REFUSED}, "tried to delete"),
        (Operation.UPLOAD_SIGNED, {"outcome": Outcome.REFUSED}, "tried to upload"),
        (Operation.LINK_COPIED, {}, "copied a link to"),
    ],
)
def test_says_what_was_done_and_what_was_only_tried(
    marks: Client, press: Bucket, operation: Operation, more: dict[str, Any], said: str
) -> None:
    happened(press, User.objects.get(), "projects/marketing/a", operation, **more)

    assert [row.said for row in marks.get(URL).context["page"].rows] == [said]


def test_says_whom_a_stranger_tried_to_be(adas: Client) -> None:
    record(
        by=None,
        operation=Operation.SIGN_IN_REFUSED,
        detail={"email": "x@example.com"},
        outcome=Outcome.REFUSED,
    )

    row = adas.get(URL).context["page"].rows[0]
    assert (row.who, row.said, row.about) == ("", "could not sign in as", "x@example.com")


def test_shows_a_violations_path_as_it_was_asked_for(adas: Client, press: Bucket, mark: User) -> None:
    happened(press, mark, "../../etc/", Operation.VIOLATION, outcome=Outcome.REFUSED)

    row = adas.get(URL).context["page"].rows[0]
    assert (row.about, row.folder_href) == ("../../etc/", "")


class TestTheWayToTheFolder:
    def href(self, client: Client) -> str:
        return str(client.get(URL).context["page"].rows[0].folder_href)

    def test_leads_there(self, marks: Client, press: Bucket, rita: User) -> None:
        happened(press, rita, "projects/marketing/100% déjà/a#1.png")

        assert self.href(marks) == f"/b/{press.system_code}/100%25%20d%C3%A9j%C3%A0/"

    def test_ends_when_the_folder_is_gone(self, marks: Client, press: Bucket, rita: User) -> None:
        happened(press, rita, "projects/marketing/gone/a.png", Operation.DELETED)
        Folder.objects.create(
            bucket=press,
            path="projects/marketing/gone/",
            path_folded="projects/marketing/gone/",
            is_missing=True,
        )

        assert self.href(marks) == ""

    def test_leads_nowhere_from_a_name_that_cannot_be_opened(
        self, marks: Client, press: Bucket, rita: User
    ) -> None:
        happened(press, rita, "projects/marketing/a//b/x")

        assert self.href(marks) == ""

    def test_leads_an_administrator_nowhere_outside_the_buckets_root(
        self, adas: Client, press: Bucket, rita: User
    ) -> None:
        Bucket.objects.update(root_path="tenant/")
        happened(press, rita, "elsewhere/a")

        assert self.href(adas) == ""
        assert "elsewhere/a" in adas.get(URL).content.decode()


class TestWhatAnAdministratorSees:
    def test_is_everything(self, adas: Client, rita: User) -> None:
        for operation in Operation:
            record(by=rita, operation=operation, ip="192.0.2.44", detail={"person": "uma@example.com"})

        text = adas.get(URL).content.decode()

        assert set(seen(adas)) == set(Operation.values)
        assert text.count("192.0.2.44") == len(Operation)
        assert "rita@example.com" in text

    def test_is_what_happened_in_buckets_that_are_gone(self, adas: Client, press: Bucket, rita: User) -> None:
        happened(press, rita, "a/b")
        press.delete()

        assert seen(adas) == ["a/b"]

    def test_ends_with_the_office(self, adas: Client, ada: User, rita: User) -> None:
        record(by=rita, operation=Operation.SIGNED_IN)
        User.objects.create_user(email="eve@example.com", name="Eve", password=None, is_admin=True)
        User.objects.filter(pk=ada.pk).update(is_admin=False)

        assert seen(adas) == []


class TestFilters:
    @pytest.fixture
    def log(self, press: Bucket, mark: User, rita: User) -> Bucket:
        other = people.press_bucket(display_name="Other")
        people.assign(mark, other, root="")
        happened(press, mark, "projects/marketing/1")
        happened(press, rita, "projects/marketing/2", Operation.DELETED, outcome=Outcome.FAILED)
        happened(other, rita, "3", Operation.DOWNLOADED)
        return other

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?operation=deleted", ["projects/marketing/2"]),
            ("?outcome=failed", ["projects/marketing/2"]),
            ("?outcome=done", ["3", "projects/marketing/1"]),
            ("?bucket=OTHER", ["3"]),
            ("?bucket=PRESS_KIT&operation=downloaded", []),
            (
                "?operation=&bucket=&person=&since=&until=",
                ["3", "projects/marketing/2", "projects/marketing/1"],
            ),
        ],
    )
    def test_narrow_what_is_seen(
        self, marks: Client, log: Bucket, query: str, expected: Sequence[str]
    ) -> None:
        assert seen(marks, query) == expected

    def test_know_a_person(self, marks: Client, log: Bucket, rita: User) -> None:
        assert seen(marks, f"?person={rita.pk}") == ["3", "projects/marketing/2"]
        assert seen(marks, "?person=00000000-0000-0000-0000-000000000001") == []

    def test_offer_the_people_that_are_seen_and_nobody_else(
        self, marks: Client, log: Bucket, rita: User, uma: User
    ) -> None:
        people.assign(uma, log, root="hidden/")
        happened(people.press_bucket(display_name="Third"), uma, "x")

        assert marks.get(URL).context["people"] == [(rita.pk, "Rita Reader")]

    def test_never_widen_what_is_seen(self, marks: Client, press: Bucket, uma: User) -> None:
        happened(press, uma, "secret/a")

        assert seen(marks, f"?person={uma.pk}") == []
        assert "Uma" not in marks.get(f"{URL}?person={uma.pk}").content.decode()

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?since=2026-03-02", ["projects/marketing/c"]),
            ("?until=2026-03-01", ["projects/marketing/b", "projects/marketing/a"]),
            ("?since=2026-03-01&until=2026-03-01", ["projects/marketing/b", "projects/marketing/a"]),
            ("?since=2026-03-02&zone=Europe/Berlin", ["projects/marketing/c", "projects/marketing/b"]),
            ("?until=2026-02-28&zone=America/New_York", ["projects/marketing/a"]),
            ("?since=2026-03-02&zone=Nowhere/At-all", ["projects/marketing/c"]),
            ("?since=2026-03-02&zone=../../etc/passwd", ["projects/marketing/c"]),
        ],
    )
    def test_know_days_in_the_readers_time_zone(
        self, marks: Client, press: Bucket, rita: User, query: str, expected: Sequence[str]
    ) -> None:
        moments = {"a": (1, 0, 0), "b": (1, 23, 30), "c": (2, 0, 0)}
        for name, (day, hour, minute) in moments.items():
            entry = happened(press, rita, f"projects/marketing/{name}")
            at = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
            tamper("UPDATE accounts_auditentry SET at = %s WHERE id = %s", [at, entry.id])

        assert seen(marks, query) == expected

    @pytest.mark.parametrize(
        "query",
        [
            "?person=nobody", "?operation=nonsense", "?operation=violation", "?operation=admin_changed",
            "?outcome=maybe", "?bucket=UNKNOWN", "?bucket=THIRD", "?since=yesterday", "?since=2026-02-30",
            "?since=0001-01-01", "?until=9999-12-31", "?since=2026-03-02&until=2026-03-01", "?bucket=" + "x" * 65,
        ],
    )  # fmt: skip
    def test_refuse_what_cannot_be_asked(self, marks: Client, log: Bucket, query: str) -> None:
        people.press_bucket(display_name="Third")

        answer = marks.get(URL + query)

        assert answer.status_code == 400
        assert b'id="activity-refused"' in answer.content
        assert b"activity-row" not in answer.content

    def test_are_in_the_address(self, marks: Client, log: Bucket) -> None:
        query = "?operation=deleted&since=2020-01-01&zone=Europe%2FBerlin"

        whole = marks.get(f"{URL}{query}&person=&bucket=")
        part = marks.get(f"{URL}{query}&person=&bucket=", headers=HTMX)

        assert whole.context["page"].address == URL + query
        assert part["HX-Push-Url"] == URL + query


class TestAPageAtATime:
    def test_goes_on_where_it_stopped(self, marks: Client, press: Bucket, rita: User) -> None:
        for number in range(120):
            happened(press, rita, f"projects/marketing/{number}")
        page = marks.get(URL).context["page"]
        found = [row.entry.path for row in page.rows]
        happened(press, rita, "projects/marketing/meanwhile")
        while page.more_href:
            answer = marks.get(page.more_href, headers=HTMX)
            assert b"<html" not in answer.content
            page = answer.context["page"]
            found += [row.entry.path for row in page.rows]

        assert found == [f"projects/marketing/{number}" for number in reversed(range(120))]

    def test_goes_on_among_entries_of_one_moment(
        self, marks: Client, press: Bucket, rita: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("files.activity_views.PAGE_SIZE", 2)
        for number in range(5):
            happened(press, rita, f"projects/marketing/{number}")
        tamper("UPDATE accounts_auditentry SET at = '2026-03-01T00:00:00Z'")
        page = marks.get(URL).context["page"]
        found = [row.about for row in page.rows]
        while page.more_href:
            page = marks.get(page.more_href).context["page"]
            found += [row.about for row in page.rows]

        assert found == ["4", "3", "2", "1", "0"]

    @pytest.mark.parametrize(
        "after", ["x", "1", "1.", ".1", "1.1.1", "-1.1", "9" * 30 + ".1", "٣.٣", "999999999999999999.1"]
    )
    def test_begins_anew_after_a_cursor_that_is_none(
        self, marks: Client, press: Bucket, rita: User, after: str
    ) -> None:
        happened(press, rita, "projects/marketing/1")

        assert seen(marks, f"?after={after}") == ["projects/marketing/1"]

    def test_keeps_the_filter(self, marks: Client, press: Bucket, rita: User) -> None:
        for number in range(60):
            happened(
                press,
                rita,
                f"projects/marketing/{number}",
                Operation.DELETED if number % 2 else Operation.DOWNLOADED,
            )
        for number in range(60):
            happened(press, rita, f"projects/marketing/{number}", Operation.DELETED)
        page = marks.get(f"{URL}?operation=deleted").context["page"]

        assert "operation=deleted&after=" in page.more_href
        assert {row.entry.operation for row in marks.get(page.more_href).context["page"].rows} == {"deleted"}

    def test_costs_the_same_queries_however_much_there_is(
        self, marks: Client, press: Bucket, rita: User, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(60):
            happened(press, rita, f"projects/marketing/{number}/x")

        with django_assert_max_num_queries(6):
            marks.get(URL)


class TestItsStates:
    def test_say_that_nothing_happened_yet(self, marks: Client) -> None:
        assert b'id="activity-empty"' in marks.get(URL).content

    def test_say_that_nothing_matches(self, marks: Client, press: Bucket, rita: User) -> None:
        happened(press, rita, "projects/marketing/1")

        assert b'id="activity-no-match"' in marks.get(f"{URL}?operation=deleted").content

    def test_are_a_whole_page_after_back(self, marks: Client) -> None:
        answer = marks.get(URL, headers={**HTMX, "HX-History-Restore-Request": "true"})

        assert b"<html" in answer.content

    def test_are_kept_by_no_cache(self, marks: Client) -> None:
        assert "no-store" in marks.get(URL)["Cache-Control"]

    def test_are_linked_from_every_page(self, marks: Client) -> None:
        assert b'href="/activity"' in marks.get("/account").content

    def test_are_for_nobody_who_is_not_signed_in(self, mark: User) -> None:
        assert Client().get(URL)["Location"] == "/login?next=%2Factivity"

    def test_are_only_read(self, marks: Client) -> None:
        assert marks.post(URL).status_code == 405
