"""A page acts for the person who opened it, and for nobody who signed in later in the same browser."""

import pytest

from tests import people


@pytest.fixture
def marks(client, mark, press):
    people.assign(mark, press)
    client.force_login(mark)
    return client


def make_folder(client, press, **headers):
    doors = f"/b/{press.system_code}/-/new-folder"
    return client.post(doors, {"folder": "", "name": "x\x01"}, headers={"HX-Request": "true", **headers})


def test_refuses_a_page_that_somebody_else_opened(marks, press, rita):
    answer = make_folder(marks, press, **{"X-Page-Of": str(rita.pk)})

    assert answer.status_code == 403
    assert "out of date" in answer.headers["HX-Trigger"]


def test_refuses_a_page_of_nobody_we_know(marks, press):
    assert make_folder(marks, press, **{"X-Page-Of": "null"}).status_code == 403


def test_lets_ones_own_page_act(marks, press, mark):
    assert make_folder(marks, press, **{"X-Page-Of": str(mark.pk)}).status_code == 422


def test_lets_a_plain_form_act_which_says_nothing(marks, press):
    assert make_folder(marks, press).status_code == 422
