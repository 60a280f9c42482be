"""What a personal token looks like."""

import re

import pytest

from accounts import token_texts


def test_can_be_found_by_its_shape_and_holds_256_bits():
    made = {token_texts.new() for _ in range(200)}

    assert len(made) == 200
    assert all(re.fullmatch(r"mbp_[0-9A-Za-z]{49}", text) and token_texts.is_sound(text) for text in made)
    assert 62**43 > 2**256
    # Of 61 signs each is missed by 200 tokens once in 27 times; half of them, never.
    assert len({text[4] for text in made}) > 30


def test_knows_a_token_from_a_mistyped_one():
    text = token_texts.new()

    for place in range(len(text)):
        other = "b" if text[place] == "a" else "a"
        assert not token_texts.is_sound(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("change", [str.lower, str.upper, str.swapcase], ids=["lower", "upper", "swapped"])
def test_is_spelled_in_one_way(change):
    assert not token_texts.is_sound(change(token_texts.new()))


@pytest.mark.parametrize(
    "form", ["{0}0", "{0}\n", " {0}", "mbp_{0}", "{0}.{0}", "", "mbp_"],
    ids=["long", "newline", "space", "prefix twice", "twice", "nothing", "prefix"],
)  # fmt: skip
def test_takes_nothing_else_for_one(form):
    assert not token_texts.is_sound(form.format(token_texts.new()))


@pytest.mark.parametrize("sign", ["é", "\ud800", "٣", "_"], ids=["letter", "half", "digit", "line"])
def test_knows_only_the_signs_it_is_made_of(sign):
    assert not token_texts.is_sound("mbp_" + sign * 49)


def test_tells_its_owner_the_beginning_and_the_database_a_hash():
    text = token_texts.new()

    assert token_texts.hint_of(text) == text[:10]
    assert text not in token_texts.hash_of(text)
    assert len(token_texts.hash_of(text)) == 64
