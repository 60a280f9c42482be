"""Hands for work that takes long, dealt round by person: nobody's many searches keep another's first one waiting."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Hands:
    """The hands of one process. Whoever holds more of them than are free waits for their next one.

    So a person alone has one more than half, the next one half of the rest, and so on; there are some left for whoever comes
    then. What comes free goes to who holds the fewest, among equals to who was dealt one longest ago.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._held: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}

    def ask(self, person: Hashable) -> "asyncio.Future[None]":
        """Done when it is this person's turn; give it back in any case."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(person, deque()).append(turn)
        self._deal()
        return turn

    def give_back(self, person: Hashable, turn: "asyncio.Future[None]") -> None:
        """Whether it was dealt already or not."""
        if turn.done():
            self._free += 1
            self._held[person] -= 1
            if not self._held[person]:
                del self._held[person]
        else:
            self._waiting[person].remove(turn)
            if not self._waiting[person]:
                del self._waiting[person]
        self._deal()

    def _deal(self) -> None:
        while self._free and self._waiting:
            person = min(self._waiting, key=self._held.__getitem__)
            if self._held[person] > self._free:
                return
            turns = self._waiting.pop(person)
            turns.popleft().set_result(None)
            if turns:
                # At the end of the round.
                self._waiting[person] = turns
            self._free -= 1
            self._held[person] += 1


class Hand:
    """One hand of one search, taken when it is first needed, however many streams need it, and until it is let go."""

    def __init__(self, hands: Hands, person: Hashable) -> None:
        self._hands, self._person = hands, person
        self._turn: asyncio.Future[None] | None = None

    async def take(self) -> None:
        """Returns when it is this person's turn."""
        if self._turn is None:
            self._turn = self._hands.ask(self._person)
        await asyncio.shield(self._turn)

    def let_go(self) -> None:
        """Gives it back, or waits for it no longer."""
        if self._turn is not None:
            self._hands.give_back(self._person, self._turn)
            self._turn = None


@contextmanager
def hand_of(hands: Hands, person: Hashable) -> Iterator[Hand]:
    """A hand that is let go at the end."""
    hand = Hand(hands, person)
    try:
        yield hand
    finally:
        hand.let_go()


async def with_hand(hand: Hand, stream: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """What `stream` gives; it isn't begun before there is a hand for it."""
    try:
        await hand.take()
        async for given in stream:
            yield given
    finally:
        await stream.aclose()
