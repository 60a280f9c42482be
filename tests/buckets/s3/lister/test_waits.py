"""How many requests a store bears: as many as are answered, where they don't wait for each other."""

from buckets.s3.lister.waits import Waits

MOST = 64


def after(waits: Waits, *answers: tuple[float, int]) -> float:
    for seconds, among in answers:
        waits.answered(seconds, among=among, now=100.0)
    return waits.bearable(100.0)


def test_sends_an_unknown_store_no_flood() -> None:
    assert 8 <= Waits().bearable(100.0) < MOST


def test_gives_a_store_that_answers_all_at_once_everything() -> None:
    assert after(Waits(), (0.1, 1), (0.2, 2), (0.15, 3), (0.1, 4), (0.2, 5)) >= 48
    assert after(Waits(), *[(0.1 + 0.1 * (number % 2), number) for number in range(1, 65)]) > 10 * MOST


def test_sends_one_that_works_one_after_the_other_as_many_as_wait_bearably() -> None:
    waits = Waits()
    assert after(waits, *[(0.12 * number, number) for number in (1, 2, 3)]) * 0.12 < 5
    many = after(waits, *[(0.12 * number, number) for number in range(1, 33)])
    assert 4 <= many <= 10
    steady = int(many)
    assert int(after(waits, *[(0.12 * steady, steady)] * 5)) == steady


def test_sends_a_slow_one_at_least_one_at_a_time() -> None:
    assert after(Waits(), (1.0, 1), *[(20.0, 2)] * 5) == 1.0


def test_finds_out_that_a_slow_one_answers_all_at_once() -> None:
    waits = Waits()
    after(waits, *[(0.001, 40)] * 5)
    many = after(waits, *[(4.0, 40)] * 5)
    assert many < 20
    for _ in range(10):
        many = after(waits, *[(4.0, int(many))] * 5)
    assert many >= MOST


def test_lets_a_slow_one_that_lost_some_be_for_a_while() -> None:
    waits = Waits()
    waits.lost(sent_at=99.0, now=100.0)
    assert after(waits, *[(4.0, 1)] * 5) < 2
    waits.answered(4.0, among=1, now=131.0)
    assert waits.bearable(131.0) >= 2


def test_takes_no_straggler_for_the_store() -> None:
    assert after(Waits(), *[(0.1, 40)] * 4, (4.0, 40)) > MOST


def test_halves_once_for_all_that_was_lost_together() -> None:
    waits = Waits()
    after(waits, *[(0.1, 40)] * 5)
    full = waits.bearable(100.0)
    for sent_at in (95.0, 95.1, 99.0):
        waits.lost(sent_at=sent_at, now=100.0)
    assert waits.bearable(100.0) == full / 2
    waits.lost(sent_at=100.5, now=101.0)
    assert waits.bearable(101.0) == full / 4


def test_is_over_a_loss_with_the_next_answers() -> None:
    waits = Waits()
    waits.lost(sent_at=99.0, now=100.0)
    assert waits.bearable(100.0) < MOST / 2
    assert after(waits, (0.1, 10), (0.1, 11)) > MOST


def test_forgets_what_was_long_ago() -> None:
    waits = Waits()
    after(waits, (1.0, 1), *[(20.0, 2)] * 5)
    assert waits.bearable(200.0) == Waits().bearable(200.0)
