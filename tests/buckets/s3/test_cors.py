"""CORS rules: which of them lets whom, and our own among others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.s3.cors import OWN_ID, CorsRule, allowing, own_rule, with_own_rule

HERE = "https://media.example.com"
UPLOAD = ["content-disposition", "content-type", "if-none-match"]
rules = st.builds(
    CorsRule,
    origins=st.lists(st.sampled_from(["*", HERE, "https://*.other.example"]), min_size=1, max_size=2).map(
        tuple
    ),
    methods=st.lists(st.sampled_from(["GET", "PUT", "POST"]), min_size=1, max_size=2).map(tuple),
    headers=st.lists(st.sampled_from(["*", "content-type", "x-amz-*"]), max_size=2).map(tuple),
    id=st.sampled_from(["", "a", "b"]),
)


@pytest.mark.parametrize("origins", [("*",), (HERE,), ("https://*.example.com",), ("http*",)])
@pytest.mark.parametrize("headers", [("*",), tuple(UPLOAD), ("Content-*", "If-None-Match")])
def test_lets_an_upload_that_fits(origins: tuple[str, ...], headers: tuple[str, ...]) -> None:
    assert CorsRule(origins, ("PUT",), headers).lets(origin=HERE, method="PUT", headers=UPLOAD)


@pytest.mark.parametrize(
    "rule",
    [
        CorsRule(("https://other.example",), ("PUT",), ("*",)),
        CorsRule((HERE,), ("GET", "POST"), ("*",)),
        CorsRule((HERE,), ("PUT",), ("content-type",)),
        CorsRule((HERE,), ("PUT",)),
        CorsRule((HERE + "/",), ("PUT",), ("*",)),
        CorsRule(("https://mediaXexample.com",), ("PUT",), ("*",)),
        CorsRule(("https://[m]edia.example.com",), ("PUT",), ("*",)),
        CorsRule(("https://?edia.example.com",), ("PUT",), ("*",)),
        CorsRule(("http://media.example.com",), ("PUT",), ("*",)),
    ],
)
def test_lets_nothing_that_does_not_fit(rule: CorsRule) -> None:
    assert not rule.lets(origin=HERE, method="PUT", headers=UPLOAD)
    assert allowing([rule], origin=HERE) is None


@given(st.lists(rules, max_size=5))
def test_keeps_every_foreign_rule_in_its_order(others: list[CorsRule]) -> None:
    assert with_own_rule(others, [HERE])[1:] == others


@given(st.lists(rules, max_size=5), st.integers(0, 5))
def test_changes_nothing_the_second_time(others: list[CorsRule], place: int) -> None:
    once = with_own_rule(others, [HERE])
    assert with_own_rule(once, [HERE]) == once
    former = CorsRule(("https://former.example",), ("PUT",), id=OWN_ID)
    assert with_own_rule([*others[:place], former, *others[place:]], [HERE]) == once


@given(st.lists(rules, max_size=5))
def test_lets_our_pages_upload_and_see_what_they_need(others: list[CorsRule]) -> None:
    found = allowing(with_own_rule(others, [HERE, "https://www.example.com"]), origin=HERE)
    assert found == own_rule([HERE, "https://www.example.com"])
    assert set(found.exposes) >= {"ETag", "Content-Range"}


def test_knows_its_rule_again_where_a_store_keeps_no_ids() -> None:
    own = own_rule([HERE])
    returned = CorsRule(own.origins, own.methods, own.headers, own.exposes, own.max_age)
    assert with_own_rule([returned], [HERE]) == [returned]
    assert with_own_rule([returned], ["https://moved.example"]) == [own_rule(["https://moved.example"])]


def test_knows_its_rule_again_where_a_store_reorders_its_words() -> None:
    own = own_rule([HERE])
    returned = CorsRule(
        own.origins, own.methods[::-1], own.headers[::-1], own.exposes[::-1], own.max_age, own.id
    )
    assert with_own_rule([returned], [HERE]) == [returned]


def test_moves_its_rule_before_one_that_would_hide_it() -> None:
    hiding = CorsRule(("*",), ("PUT",), ("*",))
    assert with_own_rule([hiding, own_rule([HERE])], [HERE]) == [own_rule([HERE]), hiding]


def test_renews_its_rule_for_another_origin() -> None:
    assert with_own_rule([own_rule(["https://former.example"])], [HERE]) == [own_rule([HERE])]
