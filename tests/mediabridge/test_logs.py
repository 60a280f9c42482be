"""What log lines leave out."""

import logging

import pytest
from django.test import Client

from mediabridge.settings.logs import without_links


def test_leaves_the_token_of_a_password_link_out(caplog: pytest.LogCaptureFixture, db: None) -> None:
    Client().post("/account/password/a-token_that-is-good-0123456789", {"new_password": ""})

    assert "/account/password/…" in caplog.text
    assert "a-token" not in caplog.text


@pytest.mark.parametrize("message", ["%s", "asked for %s twice: %s", "no argument at all", "100%"])
def test_leaves_every_other_line_as_it_is(caplog: pytest.LogCaptureFixture, message: str) -> None:
    arguments = ("/account/sessions/abc/end",) * message.count("%s")
    logging.getLogger("anything").warning(message, *arguments)

    assert caplog.messages == [message % arguments if arguments else message]


def test_survives_a_line_whose_arguments_do_not_fit() -> None:
    record = without_links("anything", logging.WARNING, "here.py", 1, "%s and %s", ("one",), None)

    assert record.args == ("one",)
