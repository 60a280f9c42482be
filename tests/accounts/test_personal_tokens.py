"""Personal tokens: made for something and some time, and worth no more than their owner."""

from datetime import timedelta
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import changing, passwords, people, personal_tokens, sessions, token_texts
from accounts.models import AuditEntry, PersonalToken, Session, User
from accounts.rules import Invalid
from accounts.scopes import Scope
from accounts.signals import sessions_ended
from accounts.tokens import ForcedOut, PersonalTokenOver, TokenInvalid, session_behind, who_is
from tests import people as cast
from tests.people import PASSWORD

NOW = timezone.now().replace(microsecond=0)
READ = Scope(frozenset({"read"}), None)
BUCKET = UUID(int=7)


def make(user, *, scope=READ, days=30, name="Nightly backup", now=NOW):
    return personal_tokens.make(user=user, name=name, scope=scope, days=days, ip="198.51.100.7", now=now)


class TestMaking:
    def test_keeps_a_hash_and_a_hint_and_not_the_token(self, mark):
        made = make(mark, scope=Scope(frozenset({"upload", "read"}), frozenset({BUCKET})))

        row = PersonalToken.objects.get()
        assert made.text.startswith(row.hint)
        assert made.text not in repr(made) + repr(vars(row)) + str(row)
        assert row.token_hash == token_texts.hash_of(made.text)
        assert row.acts == ["read", "upload"]
        assert (row.all_buckets, row.bucket_ids) == (False, [BUCKET])
        assert row.expires_at == NOW + timedelta(days=30)

    def test_is_audited_without_the_token(self, mark):
        made = make(mark)

        entry = AuditEntry.objects.get(operation="token_made")
        assert (entry.actor_id, entry.ip) == (mark.pk, "198.51.100.7")
        assert entry.detail["name"] == f"Nightly backup ({made.text[:10]}…)"
        assert made.text not in str(entry.detail)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "   "}, "name"),
            ({"name": "x" * 121}, "name"),
            ({"name": "two\nlines"}, "name"),
            ({"days": 0}, "days"),
            ({"days": -1}, "days"),
            ({"days": 366}, "days"),
            ({"days": 10**12}, "days"),
            ({"scope": Scope(frozenset(), None)}, "acts"),
            ({"scope": Scope(frozenset({"read", "admin"}), None)}, "acts"),
            ({"scope": Scope(frozenset({"Read"}), None)}, "acts"),
            ({"scope": Scope(frozenset({"read", "overwrite"}), None)}, "acts"),
            ({"scope": Scope(frozenset({"read"}), frozenset())}, "bucket_ids"),
            ({"scope": Scope(frozenset({"read"}), frozenset(UUID(int=n) for n in range(1001)))}, "bucket_ids"),
        ],
        ids=[
            "no name", "blank", "long", "two lines", "no day", "minus", "too many days", "ages", "nothing", "admin", "Read",
            "overwrite alone", "nowhere", "too many buckets",
        ],
    )  # fmt: skip
    def test_refuses_what_breaks_a_rule(self, mark, wrong, field):
        with pytest.raises(Invalid) as refusal:
            make(mark, **wrong)

        assert refusal.value.field == field
        assert not PersonalToken.objects.exists()

    def test_keeps_to_the_longest_life_the_operator_allows(self, mark, settings):
        settings.TOKEN_MAX_DAYS = 14

        assert personal_tokens.choices() == [7, 14]
        assert make(mark, days=14)
        with pytest.raises(Invalid):
            make(mark, days=15)

    @pytest.mark.parametrize(
        ("longest", "offered"), [(1, [1]), (30, [7, 30]), (365, [7, 30, 90, 365]), (999, [7, 30, 90, 365])]
    )
    def test_offers_what_is_common_and_allowed(self, settings, longest, offered):
        settings.TOKEN_MAX_DAYS = longest

        assert personal_tokens.choices() == offered

    def test_stops_at_fifty_that_work(self, mark):
        made = [make(mark, name=f"Number {n}") for n in range(personal_tokens.MOST)]

        with pytest.raises(Invalid) as refusal:
            make(mark)
        assert "Revoke one" in refusal.value.reason

        personal_tokens.revoke(user=mark, token_id=made[0].token.pk, by=mark, ip=None, now=NOW)
        assert make(mark)

    def test_stops_at_250_whatever_became_of_them(self, mark):
        PersonalToken.objects.bulk_create(
            PersonalToken(user=mark, name="n", hint="mbp_xxxxxx", token_hash=f"{n:064}", acts=["read"], all_buckets=True,
                          epoch=1, created_at=NOW, expires_at=NOW + timedelta(1), ended_at=NOW, ended_reason="revoked")
            for n in range(personal_tokens.MOST_KEPT)
        )  # fmt: skip

        with pytest.raises(Invalid):
            make(mark)
        personal_tokens.forget_old(now=NOW + timedelta(days=32))
        assert make(mark)

    @pytest.mark.parametrize(
        "meanwhile", [{"epoch": 9}, {"password": "another"}, {"is_active": False}, {"locked_at": NOW}]
    )
    def test_makes_none_for_somebody_whose_tokens_were_just_ended(self, mark, meanwhile):
        User.objects.filter(pk=mark.pk).update(**meanwhile)

        with pytest.raises(ForcedOut):
            make(mark)
        assert not PersonalToken.objects.exists()


class TestTheTable:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"acts": []},
            {"acts": ["read", "admin"]},
            {"all_buckets": True, "bucket_ids": [BUCKET]},
            {"all_buckets": False, "bucket_ids": []},
            {"expires_at": NOW},
            {"ended_at": NOW},
            {"ended_reason": "revoked"},
        ],
        ids=["nothing", "admin", "all and some", "nowhere", "no time", "no reason", "no end"],
    )
    def test_refuses_a_token_that_makes_no_sense(self, mark, wrong):
        token = make(mark).token

        with pytest.raises(IntegrityError), transaction.atomic():
            PersonalToken.objects.filter(pk=token.pk).update(**wrong)


class TestWhoIs:
    def test_says_whose_it_is_until_it_expires(self, mark):
        made = make(mark, days=1)

        identity = who_is(made.text, now=NOW + timedelta(days=1, microseconds=-1))

        assert (identity.user, identity.session, identity.is_signed) == (mark, None, True)
        assert (identity.user.token, identity.acts) == (made.token, {"read"})

    def test_takes_one_query(self, mark, django_assert_num_queries):
        text = make(mark).text

        with django_assert_num_queries(1):
            who_is(text, now=NOW)

    def test_asks_nobody_about_what_can_be_no_token(self, mark, django_assert_num_queries):
        text = make(mark).text

        with django_assert_num_queries(0):
            for wrong in (text[:-1], text + "a", text.lower(), "mbp_", "mbp_\x00", "mbp_" + "\ud800" * 49):
                with pytest.raises(TokenInvalid):
                    who_is(wrong, now=NOW)

    def test_knows_no_other_token(self, mark):
        make(mark)

        with pytest.raises(TokenInvalid):
            who_is(token_texts.new(), now=NOW)

    def test_says_that_it_expired_and_of_what_kind_it_is(self, mark):
        text = make(mark, days=1).text

        with pytest.raises(PersonalTokenOver, match="expired"):
            who_is(text, now=NOW + timedelta(days=1))

    def test_works_no_more_once_it_is_revoked(self, mark):
        made = make(mark)
        personal_tokens.revoke(user=mark, token_id=made.token.pk, by=mark, ip=None, now=NOW)

        with pytest.raises(PersonalTokenOver, match="revoked"):
            who_is(made.text, now=NOW)

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"is_active": False}, ForcedOut),
            ({"locked_at": NOW}, ForcedOut),
            ({"epoch": 2}, ForcedOut),
            ({"epoch": 0}, ForcedOut),
        ],
        ids=["disabled", "locked", "thrown out", "another epoch"],
    )
    def test_looks_at_its_owner_at_every_call(self, mark, change, problem):
        text = make(mark).text
        User.objects.filter(pk=mark.pk).update(**change)

        with pytest.raises(problem) as refusal:
            who_is(text, now=NOW)
        assert getattr(refusal.value, "user_id", None) is None, (
            "a leaked one must not use up its owner's limits"
        )

    def test_works_again_when_its_owner_is_unlocked(self, mark):
        text = make(mark).text
        User.objects.filter(pk=mark.pk).update(locked_at=NOW)
        people.unlock(user=mark)

        assert who_is(text, now=NOW).user == mark

    def test_is_nobodys_when_its_owner_is_gone(self, mark):
        text = make(mark).text
        mark.delete()

        with pytest.raises(TokenInvalid):
            who_is(text, now=NOW)

    def test_has_no_session_behind_it(self, mark):
        assert session_behind(make(mark).text, now=NOW) is None


class TestEnding:
    def by_password(mark):
        passwords.change(user=mark, current=PASSWORD, new="a new and long one", keep=None, ip=None, now=NOW)

    def by_administrator(mark):
        changing.change(
            mark.pk, {"password": "a new and long one"}, by=cast.ada(), keep=None, ip=None, now=NOW
        )

    def by_link(mark):
        link = passwords.new_link(user=mark, now=NOW)
        passwords.set_by_link(link, password="a new and long one", ip=None, now=NOW)

    def by_disabling(mark):
        cast.ada()
        people.disable(user=mark, now=NOW)

    @pytest.mark.parametrize(
        ("act", "reason"),
        [
            (by_password, "password_changed"),
            (by_administrator, "password_changed"),
            (by_link, "password_changed"),
            (by_disabling, "disabled"),
        ],
    )
    def test_ends_with_what_ends_every_session(self, mark, rita, act, reason):
        text, others = make(mark).text, make(rita).text

        act(mark)

        with pytest.raises(TokenInvalid if reason == "password_changed" else ForcedOut):
            who_is(text, now=NOW)
        assert PersonalToken.objects.get(user=mark).ended_reason == reason
        assert who_is(others, now=NOW).user == rita

    def test_stays_ended_when_the_account_is_switched_on_again(self, mark):
        text = make(mark).text
        TestEnding.by_disabling(mark)
        User.objects.filter(pk=mark.pk).update(is_active=True)

        with pytest.raises(ForcedOut):
            who_is(text, now=NOW)

    def test_outlives_signing_out_elsewhere(self, mark):
        text = make(mark).text
        sessions.end_others(user=mark, keep=uuid4(), ip=None, now=NOW)

        assert who_is(text, now=NOW).user == mark

    def test_is_revoked_once_and_says_so_in_the_log(self, mark):
        token = make(mark).token

        for later in (NOW, NOW + timedelta(hours=1)):
            personal_tokens.revoke(user=mark, token_id=token.pk, by=mark, ip="203.0.113.9", now=later)

        token.refresh_from_db()
        assert (token.ended_at, token.ended_reason) == (NOW, Session.Ended.REVOKED)
        entry = AuditEntry.objects.get(operation="token_revoked")
        assert (entry.actor_id, entry.ip, entry.detail["id"]) == (mark.pk, "203.0.113.9", str(token.pk))

    def test_is_announced_so_that_what_it_holds_open_looks_again(
        self, mark, django_capture_on_commit_callbacks
    ):
        token, told = make(mark).token, []

        def hear(*, user_id, **_):
            told.append(user_id)

        sessions_ended.connect(hear)
        for _ in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                personal_tokens.revoke(user=mark, token_id=token.pk, by=mark, ip=None, now=NOW)
        sessions_ended.disconnect(hear)

        assert told == [mark.pk]

    @pytest.mark.parametrize("whose", ["somebody's else", "nobody's"])
    def test_is_revoked_by_its_owner_alone(self, mark, rita, whose):
        token_id = make(mark).token.pk if whose == "somebody's else" else uuid4()

        with pytest.raises(personal_tokens.NoSuchToken):
            personal_tokens.revoke(user=rita, token_id=token_id, by=rita, ip=None, now=NOW)
        assert not PersonalToken.objects.filter(ended_at__isnull=False).exists()

    def test_is_forgotten_a_month_after_its_end(self, mark):
        ended, expired, living = make(mark).token, make(mark, days=1).token, make(mark, days=90).token
        personal_tokens.revoke(user=mark, token_id=ended.pk, by=mark, ip=None, now=NOW)

        personal_tokens.forget_old(now=NOW + timedelta(days=30))
        assert PersonalToken.objects.count() == 3
        personal_tokens.forget_old(now=NOW + timedelta(days=31, seconds=1))
        assert PersonalToken.objects.get() == living
        assert expired.pk != living.pk


class TestLastUse:
    def test_is_noted_once_a_minute_with_the_address(self, mark, django_assert_num_queries):
        token = make(mark).token
        personal_tokens.touch(token, ip="203.0.113.9", now=NOW)
        token.refresh_from_db()
        assert (token.last_used_at, token.last_used_ip) == (NOW, "203.0.113.9")

        with django_assert_num_queries(0):
            personal_tokens.touch(token, ip="203.0.113.10", now=NOW + timedelta(seconds=59))
        personal_tokens.touch(token, ip=None, now=NOW + timedelta(seconds=60))
        token.refresh_from_db()
        assert (token.last_used_at, token.last_used_ip) == (NOW + timedelta(seconds=60), None)

    def test_brings_no_ended_token_back(self, mark):
        made = make(mark)
        seen = who_is(made.text, now=NOW).user.token
        personal_tokens.revoke(user=mark, token_id=made.token.pk, by=mark, ip=None, now=NOW)
        personal_tokens.touch(seen, ip=None, now=NOW)

        with pytest.raises(PersonalTokenOver):
            who_is(made.text, now=NOW)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_is_ended_by_a_force_logout_that_nobody_can_take_back(self):
        mark = cast.mark()
        text = make(mark).text

        sessions.force_logout(user=mark, reason="test", now=NOW)

        with pytest.raises(ForcedOut):
            who_is(text, now=NOW)
        assert PersonalToken.objects.get().ended_reason == "forced_out"

    def test_is_not_made_behind_the_back_of_a_new_password(self):
        """The password's transaction is open when the token is asked for: whoever waits must look again."""
        mark = cast.mark()
        asked_by, outcome, started = User.objects.get(pk=mark.pk), [], Event()

        def make_one() -> None:
            started.set()
            try:
                outcome.append(make(asked_by))
            except ForcedOut as problem:
                outcome.append(problem)
            connection.close()

        thread = Thread(target=make_one)
        with transaction.atomic():
            passwords.change(
                user=mark, current=PASSWORD, new="a new and long one", keep=None, ip=None, now=NOW
            )
            thread.start()
            started.wait()
            thread.join(0.2)
            assert not outcome, "it waits for the password"
        thread.join()

        assert isinstance(outcome[0], ForcedOut)
        assert not PersonalToken.objects.exists()
