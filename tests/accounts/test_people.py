"""Adding and changing accounts, when two do it at once."""

import pytest
from django.utils import timezone

from accounts import changing, people
from accounts.models import AuditEntry, User
from accounts.people import NoSuchPerson
from accounts.rules import Taken


@pytest.fixture
def unseen(monkeypatch):
    """What another does in the moment between looking and storing: nobody's e-mail seems taken."""
    monkeypatch.setattr(people, "check", lambda *_, **__: None)


def change(user, by, **changes):
    return changing.change(user.pk, changes, by=by, keep=None, ip=None, now=timezone.now())


def test_tells_who_came_second_to_an_email(mark, unseen):
    with pytest.raises(Taken) as problem:
        people.add(email=mark.email, name="Nora", is_admin=False, by=None)

    assert (problem.value.field, User.objects.count(), AuditEntry.objects.count()) == ("email", 1, 0)


def test_tells_who_changes_to_an_email_second(ada, mark, rita, unseen):
    with pytest.raises(Taken):
        change(mark, ada, name="Changed", email=rita.email)

    mark.refresh_from_db()
    assert (mark.name, mark.email) == ("Mark Eting", "mark@example.com")
    assert not AuditEntry.objects.exists()


def test_knows_nobody_who_was_removed_meanwhile(ada, mark, monkeypatch):
    monkeypatch.setattr(people, "check", lambda *_, **__: User.objects.filter(pk=mark.pk).delete())

    with pytest.raises(NoSuchPerson):
        change(mark, ada, name="Changed")


def test_keeps_what_another_changed_meanwhile(ada, mark, monkeypatch):
    monkeypatch.setattr(
        people, "check", lambda *_, **__: User.objects.filter(pk=mark.pk).update(email="new@example.com")
    )

    change(mark, ada, name="Changed")

    mark.refresh_from_db()
    assert (mark.name, mark.email) == ("Changed", "new@example.com")
