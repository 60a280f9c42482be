"""manage.py, when it can't do what it should."""

from unittest.mock import Mock

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError
from psycopg_pool import PoolTimeout

import manage

AWAY = [OperationalError("connection refused\nIs it running?"), PoolTimeout("none within 5 s")]


@pytest.fixture(params=AWAY, ids=lambda problem: type(problem).__name__)
def away(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Exception:
    """What a command meets without its database."""

    def fail(arguments: list[str]) -> None:
        raise request.param

    monkeypatch.setattr(manage, "execute_from_command_line", fail)
    return request.param


def test_says_in_one_line_that_the_database_is_away(
    away: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        manage.main(["manage.py", "force_logout"])

    assert left.value.code == 4
    said = capsys.readouterr().err
    assert said == f"The database does not answer: {str(away).partition(chr(10))[0]}\n"


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
