"""The template tags of the look."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template

from mediabridge.templatetags.look import filetype, icon, initials, said_of, when

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=11, minutes=59), "11 hours ago"),
        (timedelta(hours=13), "yesterday"),
        (timedelta(hours=35), "yesterday"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=7), "14 Nov"),
        (timedelta(days=400), "17 Oct 2025"),
        (timedelta(days=-2), "23 Nov"),
    ],
)
def test_says_when_as_people_do(before: timedelta, said: str):
    assert said_of(NOON - before, now=NOON) == said


def test_shows_the_exact_time_on_hover():
    assert 'title="1 February 2020, 09:05 UTC"' in when(datetime(2020, 2, 1, 9, 5, tzinfo=UTC))


def test_says_nothing_of_no_moment():
    assert when(None) == ""


def test_hides_icons_from_screen_readers():
    assert 'aria-hidden="true"' in icon("folder")
    assert "<path" in icon("folder")


def test_refuses_an_icon_that_is_not_there():
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


@pytest.mark.parametrize("group", ["folder", "image", "", "no-such-group"])
def test_shows_a_tile_for_every_group(group: str):
    assert "<svg" in filetype(group)


def test_escapes_a_group():
    assert "<script>" not in filetype("<script>")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Lovelace", "AL"), ("ada@example.org", "AO"), ("Plato", "P"), ("  ", "?"), ("é à", "ÉÀ")],
)
def test_stands_for_a_person_by_their_initials(name: str, letters: str):
    assert initials(name) == letters


class Probe(forms.Form):
    name = forms.CharField(label="Name", help_text="As colleagues know you.")
    secret = forms.CharField(label="Secret", widget=forms.PasswordInput)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")])
    agree = forms.BooleanField(label="I agree")


def shown(form: forms.Form, tag: str) -> str:
    return Template(tag).render(Context({"form": form}))


def test_labels_its_control():
    assert '<label class="label" for="id_name">Name</label>' in shown(Probe(), "{% field form.name %}")


def test_describes_the_control_by_its_help():
    assert 'aria-describedby="id_name-help"' in shown(Probe(), "{% field form.name %}")


def test_describes_the_control_by_its_error_too():
    markup = shown(Probe({}), "{% field form.name %}")
    assert 'aria-describedby="id_name-help id_name-error"' in markup
    assert 'aria-invalid="true"' in markup
    assert "This field is required." in markup


def test_escapes_errors():
    form = Probe({"name": "x"})
    form.is_valid()
    form.add_error("name", "<b>no</b>")
    assert "<b>no</b>" not in shown(form, "{% field form.name %}")


def test_lets_a_password_be_shown():
    assert 'data-reveal="id_secret"' in shown(Probe(), "{% field form.secret %}")


def test_never_gives_a_password_back():
    assert "hunter2" not in shown(Probe({"secret": "hunter2"}), "{% field form.secret %}")


def test_passes_attributes_on():
    assert 'autocomplete="name"' in shown(Probe(), '{% field form.name autocomplete="name" %}')


@pytest.mark.parametrize(("tag", "css"), [("kind", "select"), ("agree", "checkbox"), ("name", "input")])
def test_dresses_each_control_as_its_kind(tag: str, css: str):
    assert f'class="{css}"' in shown(Probe(), "{% field form." + tag + " %}")
