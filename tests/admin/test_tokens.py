"""Personal tokens in the admin."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import personal_tokens
from accounts.models import AuditEntry, PersonalToken, User
from accounts.scopes import Scope
from accounts.tokens import PersonalTokenOver, who_is

LIST = "/admin/accounts/personaltoken/"


def made_for(user, *, name="Nightly", buckets=None):
    scope = Scope(frozenset({"read", "upload"}), buckets)
    return personal_tokens.make(user=user, name=name, scope=scope, days=30, ip=None, now=timezone.now())


def test_shows_whose_it_is_and_what_it_may_and_never_the_token(admin, mark, press):
    made = made_for(mark, buckets=frozenset({press.pk}))

    for page in (LIST, f"{LIST}{made.token.pk}/change/"):
        text = admin.get(page).content.decode()
        assert all(
            word in text for word in ("Nightly", made.text[:10], "Mark Eting", "read, upload", "In use")
        )
        assert made.text not in text
        assert made.token.token_hash not in text
    assert "Press kit" in admin.get(f"{LIST}{made.token.pk}/change/").content.decode()


@pytest.mark.parametrize("how", ["button", "selection"])
def test_revokes_and_says_who_did_it_and_whose_it_was(admin, ada, mark, how):
    made, other = made_for(mark), made_for(mark, name="Other")

    if how == "button":
        admin.post(f"{LIST}{made.token.pk}/revoke/")
    else:
        admin.post(LIST, {"action": "revoke", "_selected_action": [str(made.token.pk)]})

    with pytest.raises(PersonalTokenOver):
        who_is(made.text, now=timezone.now())
    assert who_is(other.text, now=timezone.now()).user == mark
    entry = AuditEntry.objects.get(operation="token_revoked")
    assert (entry.actor_id, entry.detail["person"]) == (ada.pk, mark.email)
    assert f"{made.token.pk}/revoke/" not in admin.get(f"{LIST}{made.token.pk}/change/").content.decode()


def test_changes_adds_and_removes_none(admin, mark):
    token = made_for(mark).token

    assert admin.get(f"{LIST}add/").status_code == 403
    assert admin.post(f"{LIST}{token.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin.post(f"{LIST}{token.pk}/change/", {"name": "Mine now", "acts": "delete"}).status_code == 403
    token.refresh_from_db()
    assert (token.name, token.acts) == ("Nightly", ["read", "upload"])


def test_tells_what_is_in_use_from_what_is_over(admin, ada, mark, rita):
    now = timezone.now()
    made_for(mark, name="Living")
    revoked, expired = made_for(mark, name="Revoked one").token, made_for(mark, name="Expired one").token
    made_for(rita, name="Thrown out")
    personal_tokens.revoke(user=mark, token_id=revoked.pk, by=mark, ip=None, now=now)
    PersonalToken.objects.filter(pk=expired.pk).update(
        created_at=now - timedelta(2), expires_at=now - timedelta(1)
    )
    User.objects.filter(pk=rita.pk).update(epoch=9)

    shown = {
        state: {token.name for token in admin.get(f"{LIST}?state={state}").context["cl"].result_list}
        for state in ("in-use", "over")
    }

    assert shown == {"in-use": {"Living"}, "over": {"Revoked one", "Expired one", "Thrown out"}}
    assert {token.name for token in PersonalToken.objects.all() if not token.why_over(now=now)} == shown[
        "in-use"
    ]


def test_is_found_from_its_owners_page(admin, mark, rita):
    made_for(mark)
    made_for(rita, name="Ritas")

    page = admin.get(reverse("admin:accounts_user_change", args=[mark.pk])).content.decode()
    assert "1 in use" in page
    listed = admin.get(f"{LIST}?user__id__exact={mark.pk}")
    assert [token.name for token in listed.context["cl"].result_list] == ["Nightly"]
    rows = admin.get(f"{LIST}?q=rita@example.com").context["cl"].result_list
    assert [token.name for token in rows] == ["Ritas"]


def test_asks_no_more_for_many_tokens(admin, mark, django_assert_max_num_queries):
    for number in range(20):
        made_for(mark, name=str(number))

    with django_assert_max_num_queries(8):
        admin.get(LIST)
