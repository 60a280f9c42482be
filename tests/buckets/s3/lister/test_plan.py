"""The plan of a listing: every key exactly once, wherever it cuts and in whatever order answers come."""

import math
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from string import ascii_letters, digits

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.key_sets import KEY_SETS
from buckets.s3.lister import ranges
from buckets.s3.lister.page import Outline, Span
from buckets.s3.lister.plan import LostOrder, NoEnd, Plan
from buckets.s3.lister.ranges import Beginning, Job, Range
from buckets.s3.lister.ruler import Hint
from tests.buckets.s3.lister.listed_memory import Memory, drive

HANDS = 64
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
alike = st.builds(
    "{}{:0{}d}{}".format,
    st.sampled_from(["", "a/", "a/b/", "b/", "é/"]), st.integers(0, 300), st.integers(1, 4), st.sampled_from(["", ".jpg", "/", "/x"]),
)  # fmt: skip
key_sets = st.sets(names | alike | st.binary(min_size=1, max_size=5), max_size=60)
hints = st.lists(st.builds(Hint, names | alike, st.integers(0, 2000)), max_size=5)


@cache
def keys_of(name: str) -> list[bytes]:
    """The keys of one set. Several tests ask for the same, and making them takes longer than most."""
    return [key.encode() for key in KEY_SETS[name]()]


@settings(max_examples=150, deadline=None)
@given(
    found=key_sets,
    prefix=st.sampled_from(["", "a/", "é/", "nowhere/"]),
    page=st.integers(1, 7),
    hints=hints,
    data=st.data(),
)
def test_lists_every_key_once_in_any_order_of_answers(
    *, found: set[str | bytes], prefix: str, page: int, hints: list[Hint], data: st.DataObject
) -> None:
    keys = sorted({key if isinstance(key, bytes) else key.encode() for key in found})
    memory = Memory(keys, page=page, knows_start_after=data.draw(st.booleans()))
    told = drive(
        Plan(prefix, hints=hints), memory, prefix,
        hands=data.draw(st.integers(1, 12)), choose=lambda count: data.draw(st.integers(0, count - 1)),
    )  # fmt: skip
    assert sorted(told.keys) == [key for key in keys if key.startswith(prefix.encode())]


@settings(max_examples=150, deadline=None)
@given(
    found=key_sets,
    prefix=st.sampled_from(["", "a/", "é/"]),
    page=st.integers(1, 7),
    hints=hints,
    known=st.integers(0, 2),
    data=st.data(),
)
def test_lists_every_entry_of_one_folder_once_in_any_order_of_answers(
    *, found: set[str | bytes], prefix: str, page: int, hints: list[Hint], known: int, data: st.DataObject
) -> None:
    """Folders that lie on both sides of a cut among them; what is `known` already is not listed again."""
    keys = sorted({key if isinstance(key, bytes) else key.encode() for key in found})
    memory = Memory(keys, page=page, is_one_folder=True)
    everything = Memory(keys, page=1000, is_one_folder=True).answer(Job(Range(b"", None)), prefix)[1]
    first = [entry.decode(errors="replace") for entry in everything[:known]]
    is_sure = bool(first) and "\ufffd" not in first[-1]
    told = drive(
        Plan(
            prefix, hints=[] if is_sure else hints,
            beginning=Beginning(first[-1], first) if is_sure else None, descend=False,
        ),
        memory, prefix,
        hands=data.draw(st.integers(1, 12)), choose=lambda count: data.draw(st.integers(0, count - 1)),
    )  # fmt: skip
    assert sorted(told.keys) == everything[known if is_sure else 0 :]


@settings(max_examples=50, deadline=None)
@given(st.sets(alike, min_size=20, max_size=80), st.data())
def test_loses_no_key_that_was_there_all_the_time(found: set[str], data: st.DataObject) -> None:
    """Other keys come and go between the answers."""
    steady = {key.encode() for key in found if data.draw(st.booleans())}
    fleeting = sorted({key.encode() for key in found} - steady)
    memory = Memory(sorted(steady), page=3)

    def change(_: int) -> None:
        there = {key for key in fleeting if data.draw(st.booleans())}
        memory.keys = sorted(steady | there)

    told = drive(Plan(""), memory, "", hands=5, meanwhile=change)
    assert steady <= set(told.keys)
    assert len(told.keys) == len(set(told.keys))


@pytest.mark.parametrize(
    ("name", "requests", "rounds"),
    [("A", 1.3, 1.5), ("B", 1.3, 1.5), ("C", 1.3, 2.0), ("D", 1.3, 1.5), ("E", 1.3, 1.5)],
)
def test_needs_little_more_than_the_fewest_rounds_and_requests(
    name: str, requests: float, rounds: float
) -> None:
    """As many requests as pages, as many rounds as hands allow: what it needs beyond them is what it didn't know."""
    keys = keys_of(name)
    memory = Memory(keys)
    told = drive(Plan(""), memory, "", hands=HANDS)
    pages = math.ceil(len(keys) / 1000)
    assert sorted(told.keys) == keys
    assert memory.requests <= requests * pages
    assert told.rounds <= rounds * (1 + math.ceil(pages / HANDS))

    again = Memory(keys)
    assert sorted(drive(Plan("", hints=told.hints), again, "", hands=HANDS).keys) == keys
    assert again.requests <= requests * pages


def dates() -> set[str]:
    days = [date(2015, 1, 1) + timedelta(days=day) for day in range(3650)]
    return {f"{day.isoformat()}-photo-{number}.jpg" for day in days for number in range(4)}


def camera() -> set[str]:
    times = [datetime(2019, 1, 1, tzinfo=UTC) + timedelta(minutes=170 * number) for number in range(15_000)]
    return {f"IMG_{time:%Y%m%d_%H%M%S}.jpg" for time in times}


def han() -> set[str]:
    chance = random.Random(5)
    script = [chr(chance.randint(0x4E00, 0x9FA5)) for _ in range(1500)]
    return {"".join(chance.choices(script, k=4)) + ".jpg" for _ in range(6000)}


def shuffled() -> set[str]:
    chance = random.Random(5)
    return {"".join(chance.choices(ascii_letters + digits, k=12)) for _ in range(20_000)}


@pytest.mark.parametrize(
    ("names", "requests", "rounds"), [(dates, 1.8, 2), (camera, 2, 2), (han, 1.8, 1.5), (shuffled, 1.3, 1.5)]
)
def test_guesses_where_names_of_many_kinds_lie(
    names: Callable[[], set[str]], requests: float, rounds: float
) -> None:
    keys = sorted(name.encode() for name in names())
    memory = Memory(keys, page=100)
    told = drive(Plan(""), memory, "", hands=HANDS)
    pages = math.ceil(len(keys) / 100)
    assert sorted(told.keys) == keys
    assert memory.requests <= requests * pages
    assert told.rounds <= rounds * (1 + math.ceil(pages / HANDS))


def test_asks_for_one_page_after_the_other_where_answers_are_quick() -> None:
    plan = Plan("")
    most = 0
    jobs = plan.take(HANDS)
    for number in range(50):
        plan.note_time(0.001)
        pages = [job for job in jobs if job.range]
        most = max(most, len(pages))
        for job in jobs:
            if job.range:
                last = b"k%03d" % (number + 1)
                plan.listed(
                    job,
                    Outline(b"k%03d" % number, last, f"t{number}", 1000, [f"k{number:03}", last.decode()]),
                )
            else:
                plan.listed_folders(job, [], last="", is_whole=False)
        jobs = plan.take(HANDS)
    assert most == 1


def test_asks_for_little_more_than_there_is_where_its_guesses_fail() -> None:
    """Names that lead every guess astray cost at most as much again."""
    keys = sorted({f"{number * 7919 % 1009:x}{chr(0x4E00 + number)}" for number in range(20_000)})
    memory = Memory([key.encode() for key in keys], page=100)
    drive(Plan(""), memory, "", hands=HANDS)
    assert memory.requests <= 200 * 2 + 64


@pytest.mark.parametrize(
    ("name", "descend", "requests", "rounds"),
    [("W", True, 200, 12), ("W", False, 240, 15), ("V", True, 200, 10)],
)
def test_divides_names_that_are_words(name: str, descend: bool, requests: int, rounds: int) -> None:
    """Where they go on otherwise is asked, as it is of folders."""
    keys = keys_of(name)
    memory = Memory(keys)
    told = drive(Plan("", descend=descend), memory, "", hands=HANDS)
    assert sorted(told.keys) == keys
    assert memory.requests <= requests
    assert told.rounds <= rounds


def test_takes_no_digest_for_words() -> None:
    """Nothing is asked about names that no words could divide."""
    chance = random.Random(3)
    keys = sorted(
        b"%s-%s.bin" % (chance.randbytes(4).hex().encode(), chance.randbytes(4).hex().encode())
        for _ in range(9000)
    )
    plan = Plan("", descend=False)
    drive(plan, Memory(keys), "", hands=HANDS)
    assert not plan._lookout._asked


@pytest.mark.parametrize("entries", [1, 999, 1_000, 1_500, 2_500, 3_500, 10_000])
@pytest.mark.parametrize("name", ["C", "D"])
def test_asks_for_a_small_folder_at_most_twice_its_pages(name: str, entries: int) -> None:
    keys = keys_of(name)[:entries]
    memory = Memory(keys, is_one_folder=True)
    assert len(drive(Plan("", descend=False), memory, "", hands=32).keys) == entries
    assert memory.requests <= max(1, 2 * math.ceil(entries / 1000))


def test_refuses_to_go_on_where_a_store_begins_elsewhere() -> None:
    """What lies before was not listed by this plan, so nothing can be dropped."""
    plan = Plan("", beginning=Beginning("m", ["a", "m"]), descend=False)
    with pytest.raises(LostOrder):
        plan.listed(plan.take(1)[0], Outline(b"c", b"z", "", 2, ["c", "z"]))


def test_refuses_a_store_that_goes_in_circles() -> None:
    plan = Plan("")
    (job, _) = plan.take(2)
    plan.listed(job, Outline(b"a", b"b", "again", 2, ["a", "b"]))
    (job,) = [job for job in plan.take(2) if job.range]
    with pytest.raises(LostOrder):
        plan.listed(job, Outline(b"a", b"b", "again", 2, ["a", "b"]))


def test_refuses_a_store_that_sends_empty_pages_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "MOST_EMPTY", 3)
    plan = Plan("", descend=False)

    def page(token: str, *keys: str) -> None:
        (job,) = [job for job in plan.take(1) if job.range]
        first, last = (keys[0].encode(), keys[-1].encode()) if keys else (None, None)
        plan.listed(job, Outline(first, last, token, len(keys), list(keys)))

    for number in range(3):
        page(f"before {number}")
    page("on", "a", "b")
    for number in range(3):
        page(f"behind {number}")
    with pytest.raises(NoEnd):
        page("and so on")


def test_refuses_a_store_that_goes_in_circles_with_ever_new_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "MOST_EMPTY", 3)
    plan = Plan("", descend=False)
    with pytest.raises(NoEnd):  # noqa: PT012 - the rounds before it must not be the last
        for number in range(12):
            (job,) = [job for job in plan.take(1) if job.range]
            first, last = ((b"a", b"b"), (b"c", b"d"))[number % 2]
            plan.listed(job, Outline(first, last, str(number), 2, [first.decode(), last.decode()]))
    assert number > 5


@settings(max_examples=50, deadline=None)
@given(st.permutations([b"k%02d" % number for number in range(20)]), st.integers(2, 5))
def test_loses_no_key_of_a_store_without_order(keys: list[bytes], size: int) -> None:
    """Such a store is listed as one stream, and nothing counts as whole before its end."""
    plan = Plan("")
    told: list[bytes] = []
    for start in range(0, len(keys), size):
        (job,) = [job for job in plan.take(1) if job.range]
        found = keys[start : start + size]
        token = str(start) if start + size < len(keys) else ""
        outline = Outline(
            min(found), max(found), token, len(found), [key.decode() for key in found], found == sorted(found)
        )
        span = plan.listed(job, outline)
        told += [
            key
            for key in found
            if span.everything or (span.after < key and (span.upto is None or key <= span.upto))
        ]
        if not span.everything and span.upto is not None:
            assert keys[: start + size] == sorted(keys[: start + size])
    assert plan.is_finished
    assert sorted(told) == sorted(keys)


def test_refuses_a_store_that_loses_its_order_between_cuts() -> None:
    plan = Plan("", hints=[Hint("m", 2000), Hint("t", 2000)])
    jobs = plan.take(HANDS)
    assert len(jobs) == 2
    with pytest.raises(LostOrder):
        plan.listed(jobs[1], Outline(b"n", b"z", "1", 2, ["z", "n"], is_sorted=False))


def test_goes_on_after_an_empty_page_in_the_middle() -> None:
    """A store may have looked at a thousand deleted keys, and say only where to go on."""
    plan = Plan("")
    plan.note_time(1.0)
    jobs = plan.take(2)
    plan.listed(jobs[0], Outline(None, None, "on", 0))
    plan.listed_folders(jobs[1], ["a/", "b/"], last="b/", is_whole=True)
    told: list[Span] = []
    while jobs := plan.take(HANDS):
        for job in jobs:
            if job.range is None:
                plan.lost_folders(job)
            else:
                told.append(plan.listed(job, Outline(None, None, "", 0)))
    assert plan.is_finished
    assert any(span.upto is None for span in told)
