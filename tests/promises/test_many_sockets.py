"""Five hundred open pages at one web process: held, and all of them told."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import User
from tests import people
from tests.promises.conftest import Webs, cookie_of
from tests.promises.ear import Ear, hear_all

pytestmark = pytest.mark.full_promises
PEOPLE, PAGES = 5, 100
PATIENCE = 30.0
FORCED_OUT = """
import time
from django.utils import timezone
from accounts import sessions
from accounts.models import User
for user in User.objects.all():
    sessions.force_logout(user=user, reason="test", now=timezone.now())
print(time.monotonic())
"""
"""Prints when it was done, by the machine's clock, which all processes share."""


def memory_of(process_id: int) -> float:
    """What the process holds in memory, in MB."""
    told = Path(f"/proc/{process_id}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", told)[0]) / 1024


def test_holds_five_hundred_and_tells_all(
    webs: Webs, transactional_db: None, listen: Callable[..., Ear], figure: Callable[[str], None]
) -> None:
    crowd = [
        User.objects.create_user(email=f"p{number}@example.com", name="P", password=people.PASSWORD)
        for number in range(PEOPLE)
    ]
    web = webs.running[0]
    cookies = [cookie_of(person) for person in crowd]
    hear_all([listen(web.url, cookies[0])], seconds=1)
    before = memory_of(web.processes[0].pid)

    started = time.monotonic()
    ears = [listen(web.url, cookie) for cookie in cookies for _ in range(PAGES)]
    opened = time.monotonic() - started
    hear_all(ears, seconds=2)
    assert [ear for ear in ears if ear.closed_at is not None] == []
    held = memory_of(web.processes[0].pid)

    out = float(web.manage("shell", "-c", FORCED_OUT).split()[-1])
    hear_all(ears, seconds=PATIENCE)
    assert {(ear.code, json.loads(ear.said[0])["reason"]) for ear in ears} == {(4401, "forced_out")}
    last = max(ear.closed_at - out for ear in ears if ear.closed_at)
    figure(
        f"{len(ears)} sockets at one process, opened in {opened:.1f} s: {before:.0f} MB before, {held:.0f} MB with them,"
        f" {(held - before) * 1024 / len(ears):.0f} kB each; the last was told after {last:.2f} s"
    )
