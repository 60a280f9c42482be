"""PostgreSQL restarts: pages say so for as long as it is away, and are well again soon after."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from launcher import postgres
from launcher.ports import wait_until
from launcher.processes import Processes
from tests.browser import live
from tests.faults.conftest import SETTINGS, end
from tests.faults.visitor import Visitor

STAGED = """
from tests import people
bucket = people.press_bucket(display_name="Press kit")
people.assign(people.mark(), bucket, root="")
"""


@pytest.fixture(scope="module")
def cluster(processes: Processes) -> postgres.Postgres:
    made = postgres.begin(processes, binaries=None, lasting=False)
    postgres.await_ready(processes, made)
    return made


@pytest.fixture(scope="module")
def product(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, place: Path, cluster: postgres.Postgres
) -> Iterator[live.Live]:
    """The product on a database of its own."""
    overrides = {"DJANGO_SETTINGS_MODULE": SETTINGS, "DATABASE_URL": cluster.url}
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        environ = live.environment(place, 0) | overrides
        live.Live("", place / "manage.log", environ, []).manage("migrate", "--verbosity=0")
        running = live.start(place, overrides=overrides, only_web=True)
    running.manage("shell", "-c", STAGED)
    yield running
    running.stop()


def test_is_unavailable_while_it_is_away_and_well_ten_seconds_after(
    product: live.Live, cluster: postgres.Postgres, processes: Processes, at_once: ThreadPoolExecutor
) -> None:
    visitor = Visitor(product.url).sign_in("mark@example.com")
    assert "Press kit" in visitor.get("/").text

    end(cluster.running)
    stranger = Visitor(product.url)
    health = at_once.submit(stranger.get, "/healthz")
    answers = [*at_once.map(visitor.get, ["/", "/b/PRESS_KIT/"]), health.result()]
    assert [(answer.status, bool(answer.retry_after)) for answer in answers] == [(503, True)] * 3
    assert json.loads(answers[-1].text)["database"] is False

    cluster.running.process = processes.start(cluster.running.program).process
    postgres.await_ready(processes, cluster)
    assert wait_until(lambda: visitor.get("/healthz").status == 200, seconds=10)
    assert wait_until(lambda: "Press kit" in visitor.get("/").text, seconds=10)
