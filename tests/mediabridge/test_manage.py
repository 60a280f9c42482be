"""manage.py, when it can't do what it should."""

from unittest.mock import Mock

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError
from psycopg_pool import PoolTimeout

import manage

AWAY = [OperationalError("connection refused\nIs it running?"), PoolTimeout("none within 5 s")]
# As Django passes it on.
WRAPPED = OperationalError("none within 5 s")
WRAPPED.__cause__ = AWAY[1]


@pytest.fixture(params=[*AWAY, WRAPPED], ids=["refused", "waited", "waited, says Django"])
def away(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Exception:
    """What a command meets without its database."""

    def fail(arguments: list[str]) -> None:
        raise request.param

    monkeypatch.setattr(manage, "execute_from_command_line", fail)
    monkeypatch.setattr(manage, "connection", Mock(get_connection_params=dict))
    monkeypatch.setattr(psycopg, "connect", Mock())
    return request.param


def test_says_in_one_line_that_the_database_is_away(
    away: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        manage.main(["manage.py", "force_logout"])

    assert left.value.code == 4
    said = capsys.readouterr().err
    assert said == f"The database at DATABASE_URL does not answer: {str(away).partition(chr(10))[0]}\n"


def test_asks_for_the_reason_where_a_pool_has_only_waited(
    away: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = psycopg.OperationalError("password authentication failed\nmore")
    monkeypatch.setattr(psycopg, "connect", Mock(side_effect=refusal))

    with pytest.raises(SystemExit):
        manage.main(["manage.py", "migrate"])

    expected = "connection refused" if away is AWAY[0] else "password authentication failed"
    assert capsys.readouterr().err == f"The database at DATABASE_URL does not answer: {expected}\n"


def test_shows_all_of_it_to_whoever_asks(away: Exception) -> None:
    with pytest.raises(type(away)):
        manage.main(["manage.py", "force_logout", "--traceback"])


def test_says_in_one_line_which_setting_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ImproperlyConfigured("SMTP_PORT must be a number.")
    monkeypatch.setattr(manage, "execute_from_command_line", Mock(side_effect=wrong))

    with pytest.raises(SystemExit) as left:
        manage.main(["manage.py", "migrate"])

    assert left.value.code == 2
    assert capsys.readouterr().err == "SMTP_PORT must be a number.\n"
    with pytest.raises(ImproperlyConfigured):
        manage.main(["manage.py", "migrate", "--traceback"])


def test_takes_nothing_that_is_no_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(manage, "execute_from_command_line", pytest.fail)

    with pytest.raises(SystemExit) as left:
        manage.main(["manage.py", "force_logout", "mark\udcff@example.com"])

    assert left.value.code == 2
    assert capsys.readouterr().err == "The arguments must be text in UTF-8.\n"
