"""The page of one's personal tokens."""

import html
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts import personal_tokens, token_texts
from accounts.models import AuditEntry, PersonalToken, User
from accounts.scopes import Scope
from accounts.tokens import who_is
from buckets.models import Bucket
from buckets.tokens import STATES
from tests import people

PAGE = "/account/tokens"
TOKEN = re.compile(r"mbp_[0-9A-Za-z]{49}")


@pytest.fixture
def marks(client: Client, mark: User, press: Bucket) -> Client:
    people.assign(mark, press)
    client.force_login(mark)
    return client


def asked(press: Bucket, **changed: object) -> dict[str, object]:
    wanted = {
        "name": "Nightly",
        "acts": ["read"],
        "which": "some",
        "bucket_ids": [str(press.pk)],
        "days": "30",
    }
    return {name: value for name, value in {**wanted, **changed}.items() if value is not None}


def said(answer: HttpResponse) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def made_of(user: User, *, name: str = "Nightly", **scope: object) -> PersonalToken:
    within = Scope(frozenset({"read"}), None)
    now = timezone.now()
    return personal_tokens.make(user=user, name=name, scope=within, days=30, ip=None, now=now).token


def test_shows_a_new_token_once_and_for_all(marks: Client, mark: User, press: Bucket) -> None:
    answer = marks.post(PAGE, asked(press, acts=["read", "upload"]))

    (text,) = TOKEN.findall(answer.content.decode())
    identity = who_is(text, now=timezone.now())
    assert (identity.user, identity.acts) == (mark, {"read", "upload"})
    assert identity.user.token is not None
    assert identity.user.token.bucket_ids == [press.pk]
    assert "no-store" in answer["Cache-Control"]
    again = marks.get(PAGE)
    assert not TOKEN.search(again.content.decode())
    assert text[:10] in said(again)


def test_answers_htmx_with_the_part_that_changes(marks: Client, press: Bucket) -> None:
    answer = marks.post(PAGE, asked(press), headers={"HX-Request": "true"})

    assert answer.content.decode().lstrip().startswith('<div class="stack is-panels" id="tokens">')
    assert TOKEN.search(answer.content.decode())
    wrong = marks.post(PAGE, asked(press, name=""), headers={"HX-Request": "true"})
    assert wrong.status_code == 400
    assert 'id="tokens"' in wrong.content.decode()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": " "}, "This field is required."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"name": "bell\x07"}, "can't contain control characters"),
        ({"acts": []}, "Choose what the token may do."),
        ({"acts": ["admin"]}, "Select a valid choice."),
        ({"acts": ["read", "overwrite"]}, "must be allowed to upload, too"),
        ({"bucket_ids": []}, "Choose the buckets it is for, or all of them."),
        ({"bucket_ids": None}, "Choose the buckets it is for, or all of them."),
        ({"bucket_ids": ["x"]}, "Select a valid choice."),
        ({"bucket_ids": [str(UUID(int=5))]}, "Select a valid choice."),
        ({"which": "none"}, "Select a valid choice."),
        ({"which": None}, "This field is required."),
        ({"days": "8"}, "Select a valid choice."),
        ({"days": "0"}, "Select a valid choice."),
        ({"days": "-7"}, "Select a valid choice."),
        ({"days": ""}, "This field is required."),
    ],
)
def test_says_what_is_wrong_and_makes_none(
    marks: Client, press: Bucket, changed: dict[str, object], sentence: str
) -> None:
    answer = marks.post(PAGE, asked(press, **changed))

    assert answer.status_code == 400
    assert sentence in said(answer)
    assert not PersonalToken.objects.exists()


def test_offers_and_takes_only_buckets_one_may_use(marks: Client, press: Bucket) -> None:
    other = people.press_bucket(display_name="Board papers")

    assert "Board papers" not in said(marks.get(PAGE))
    assert marks.post(PAGE, asked(press, bucket_ids=[str(press.pk), str(other.pk)])).status_code == 400
    assert not PersonalToken.objects.exists()


def test_takes_all_buckets_for_all_whatever_else_is_ticked(marks: Client, press: Bucket) -> None:
    marks.post(PAGE, asked(press, which="all"))

    row = PersonalToken.objects.get()
    assert (row.all_buckets, row.bucket_ids) == (True, [])
    assert "all buckets" in said(marks.get(PAGE))


def test_keeps_what_was_typed_when_something_is_wrong(marks: Client, press: Bucket) -> None:
    text = marks.post(PAGE, asked(press, acts=["read", "overwrite"], days="90")).content.decode()

    assert re.search(r'value="overwrite"\s+checked', text)
    assert re.search(rf'value="{press.pk}"\s+checked', text)
    assert re.search(r'<option value="90" selected', text)


def test_tells_of_each_token_what_it_may_and_whether_it_does(
    marks: Client, mark: User, press: Bucket
) -> None:
    now = timezone.now()
    rows = {name: made_of(mark, name=name) for name in ("Living", "Soon", "Old", "Taken back", "Thrown out")}
    gone = Scope(frozenset({"read", "delete"}), frozenset({press.pk, UUID(int=9)}))
    personal_tokens.make(user=mark, name="Partly", scope=gone, days=30, ip=None, now=now)
    change = PersonalToken.objects.filter
    change(pk=rows["Living"].pk).update(last_used_at=now, last_used_ip="203.0.113.9")
    change(pk=rows["Soon"].pk).update(expires_at=now + timedelta(days=3))
    change(pk=rows["Old"].pk).update(created_at=now - timedelta(3), expires_at=now - timedelta(1))
    change(pk=rows["Taken back"].pk).update(ended_at=now, ended_reason="revoked")
    change(pk=rows["Thrown out"].pk).update(ended_at=now, ended_reason="forced_out")

    text = said(marks.get(PAGE))

    listed = {name: text.index(name) for name in (*rows, "Partly")}
    assert max(listed[name] for name in ("Living", "Soon", "Partly")) < min(
        listed[name] for name in ("Old", "Taken back", "Thrown out")
    )
    assert "last used just now from 203.0.113.9" in text
    assert "may read, delete · Press kit, 1 bucket you no longer have" in text
    for sentence in (
        "Soon Expires soon",
        "Old Expired",
        "Taken back Revoked",
        "Thrown out Ended by a forced sign-out",
    ):
        assert sentence in text
    assert text.count("Revoke") == 4, "three living ones and the badge"


def test_has_a_word_for_every_end_there_is() -> None:
    assert {*STATES} >= {"", "expired", "revoked", "password_changed", "forced_out", "disabled"}


def test_revokes_and_says_so(marks: Client, mark: User) -> None:
    row = made_of(mark)

    answer = marks.post(f"{PAGE}/{row.pk}/revoke", follow=True)

    assert "“Nightly” is revoked" in said(answer)
    row.refresh_from_db()
    assert row.ended_reason == "revoked"
    assert AuditEntry.objects.filter(operation="token_revoked", actor_id=mark.pk).count() == 1


@pytest.mark.parametrize("whose", ["ritas", "nobodys"])
def test_revokes_and_shows_nobody_elses(marks: Client, rita: User, whose: str) -> None:
    row = made_of(rita, name="Ritas own")

    assert marks.post(f"{PAGE}/{row.pk if whose == 'ritas' else uuid4()}/revoke").status_code == 404
    assert "Ritas own" not in said(marks.get(PAGE))
    row.refresh_from_db()
    assert row.ended_at is None


def test_is_reached_from_the_account_page(marks: Client, mark: User) -> None:
    assert f'href="{PAGE}"' in marks.get("/account").content.decode()
    made_of(mark)
    assert "1 in use" in said(marks.get("/account"))


def test_says_what_to_do_when_there_are_too_many(marks: Client, mark: User, press: Bucket) -> None:
    PersonalToken.objects.bulk_create(
        PersonalToken(user=mark, name="n", hint="mbp_xxxxxx", token_hash=token_texts.hash_of(str(n)), acts=["read"],
                      all_buckets=True, epoch=mark.epoch, created_at=timezone.now(), expires_at=timezone.now() + timedelta(9))
        for n in range(personal_tokens.MOST)
    )  # fmt: skip

    answer = marks.post(PAGE, asked(press))

    assert answer.status_code == 400
    assert "Revoke one you no longer need" in said(answer)


def test_asks_the_database_no_more_for_many_tokens(
    marks: Client, mark: User, django_assert_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for number in range(12):
        made_of(mark, name=str(number))
    with django_assert_num_queries(3):
        marks.get(PAGE)
