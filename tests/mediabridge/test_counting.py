"""The counters behind the limits: in Redis for all processes, in this one while Redis is away."""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from unittest.mock import patch

import pytest
from django.conf import settings as configured
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisAway

from mediabridge.wire import counting
from mediabridge.wire.counting import AWAY, ask_redis, take_token, wait_in_window

NOWHERE = "redis://127.0.0.1:1/0"


def use_redis(settings, url, *, patience=1.0):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": url,
            "KEY_PREFIX": f"counting-{os.getpid()}",
            "OPTIONS": {"socket_connect_timeout": patience, "socket_timeout": patience},
        }
    }


@pytest.fixture(params=["redis", "this process"])
def _counter(request, settings):
    if request.param == "redis":
        use_redis(settings, configured.REDIS_URL)
        caches["default"].clear()


def take(who="mark", *, capacity=5, per_second=0.1):
    return take_token(who, capacity=capacity, per_second=per_second)


@pytest.mark.usefixtures("_counter")
class TestABucket:
    def test_holds_so_many(self):
        assert [take() for _ in range(5)] == [0.0] * 5

        assert 9 < take() <= 10

    def test_belongs_to_one(self):
        for _ in range(5):
            take("mark")

        assert take("rita") == 0.0

    def test_fills_with_time(self):
        for _ in range(5):
            take(per_second=50)
        time.sleep(0.05)

        assert take(per_second=50) == 0.0

    def test_never_holds_more_than_it_can(self):
        take(capacity=2, per_second=1000)
        time.sleep(0.02)

        taken = [take(capacity=2, per_second=rate) for rate in (1000, 0.001, 0.001)]

        assert taken[:2] == [0.0, 0.0]
        assert taken[2] > 0

    def test_is_not_emptied_by_who_is_refused(self):
        for _ in range(5):
            take()
        first = take()

        last = [take() for _ in range(50)][-1]

        assert last <= first

    def test_lets_as_many_in_as_it_holds_however_many_come_at_once(self):
        with ThreadPoolExecutor(20) as pool:
            taken = list(pool.map(lambda _: take(capacity=30, per_second=0.001), range(100)))

        assert taken.count(0.0) == 30


def test_counts_for_all_processes_in_redis(settings):
    use_redis(settings, configured.REDIS_URL)
    caches["default"].clear()
    for _ in range(5):
        take()

    counting.forget()  # as another process, which counted nothing

    assert take() > 0


def test_forgets_in_redis_who_is_long_gone(settings):
    use_redis(settings, configured.REDIS_URL)
    take(capacity=5, per_second=0.1)
    backend = caches["default"]
    client = backend._cache.get_client()

    assert 50_000 < client.pttl(backend.make_key("bucket mark")) <= 51_000


def test_sends_its_script_again_when_redis_forgot_it(settings):
    use_redis(settings, configured.REDIS_URL)
    caches["default"].clear()
    caches["default"]._cache.get_client().script_flush()

    assert take(capacity=1) == 0.0
    assert take(capacity=1) > 0


def test_counts_here_while_redis_is_away(settings):
    use_redis(settings, NOWHERE)

    assert [take() for _ in range(5)] == [0.0] * 5
    assert take() > 0


def test_asks_an_absent_redis_once_not_at_every_request(settings):
    use_redis(settings, NOWHERE)

    with patch.object(RedisCache, "make_key", autospec=True, side_effect=RedisCache.make_key) as asked:
        for _ in range(100):
            take()

    assert asked.call_count == 1


def test_waits_for_a_silent_redis_once_not_at_every_request(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use_redis(settings, f"redis://127.0.0.1:{silent.getsockname()[1]}/0", patience=0.05)
        for _ in range(50):
            take()

        silent.settimeout(0.01)
        asked = 0
        with suppress(TimeoutError):
            while True:
                silent.accept()[0].close()
                asked += 1

    assert asked == 1


def test_asks_again_after_a_while_and_one_at_a_time():
    def fail():
        raise RedisAway

    now = time.monotonic()
    with patch("mediabridge.wire.counting.time.monotonic", return_value=now):
        assert ask_redis(fail) is AWAY
        assert ask_redis(lambda: "there") is AWAY
    with patch("mediabridge.wire.counting.time.monotonic", return_value=now + counting.ASK_AGAIN_AFTER):
        others = []

        def slow():
            others.append(ask_redis(lambda: "there"))
            return "back"

        assert ask_redis(slow) == "back"
        assert others == [AWAY]
        assert ask_redis(lambda: "there") == "there"


def test_raises_what_is_no_matter_of_redis():
    with pytest.raises(ZeroDivisionError):
        ask_redis(lambda: 1 // 0)


def test_keeps_no_more_people_than_it_can_use():
    with patch.object(counting, "MANY", 10):
        for number in range(50):
            take(f"person {number}")

    assert len(counting._buckets) <= 11


def test_a_window_ends_when_it_said():
    now = time.monotonic()
    with patch("mediabridge.wire.counting.time.monotonic", return_value=now):
        assert [wait_in_window("mark", count=2, seconds=60) for _ in range(4)] == [0, 0, 60, 60]
    with patch("mediabridge.wire.counting.time.monotonic", return_value=now + 60):
        assert wait_in_window("mark", count=2, seconds=60) == 0
