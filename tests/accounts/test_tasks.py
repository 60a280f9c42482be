"""What the worker does for accounts."""

from datetime import timedelta

from django.utils import timezone

from accounts import backoff, passwords
from accounts.models import PasswordLink, Session, SignInBackoff
from accounts.tasks import sweep


def test_sweeps_what_is_long_over_and_nothing_else(mark, rita):
    now = timezone.now()
    for user, made in ((mark, now - timedelta(hours=25)), (rita, now)):
        passwords.new_link(user=user, now=made)
        backoff.claim_try(user.email, now=made)
        Session.objects.create(
            session_key=user.name, user=user, expire_date=made + timedelta(days=1) - timedelta(days=30)
        )
    Session.objects.filter(user=rita).update(expire_date=now + timedelta(days=1))

    sweep()

    assert PasswordLink.objects.get().user == rita
    assert SignInBackoff.objects.count() == 1
    assert Session.objects.get().user == rita
