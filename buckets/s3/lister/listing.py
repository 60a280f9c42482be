"""Everything below a folder, by many requests at once: the plan says what to ask, this asks it and gives the pages.

    async with AsyncTransport() as transport:
        pages = listing(reach, folder, transport=transport, budget=RequestBudget.for_endpoint(endpoint))
        async with aclosing(pages):
            async for page in pages: ...

Pages come as they come, each position once. Nothing is asked while the taker works on a page and all requests that were
under way are answered, so a slow taker costs no more memory than those answers. Closing ends every request at once.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from buckets.paths import FolderKey, Reach
from buckets.s3.address import address_of
from buckets.s3.async_transport import AsyncTransport
from buckets.s3.clients import signer_of
from buckets.s3.errors import NotAStore, S3Error, S3Unavailable
from buckets.s3.lister.budget import Budget
from buckets.s3.lister.page import Outline, Page, outline_of
from buckets.s3.lister.plan import LostOrder, NoEnd, Plan
from buckets.s3.lister.ranges import Beginning, Job
from buckets.s3.lister.ruler import Hint
from buckets.s3.listing_request import ACTION, listing_request
from buckets.s3.listing_xml import BrokenListing, ForeignAnswer

PATIENCE = 5.0
"""Seconds a pause of the store may last."""

FAULT_SECONDS = 8.0
"""Seconds after which a request that only failed is not tried again, while the store answers no other either."""

SLOW_DOWN_SECONDS = 60.0
"""Seconds a request is tried again while the store answers others, or says that it is too much."""

NO_ORDER = "order"
NO_END = "endless"
NONSENSE = "listing"

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 4.0


@dataclass(slots=True)
class Tally:
    """What a listing cost so far."""

    requests: int = 0
    pages: int = 0
    keys: int = 0
    retries: int = 0
    slowdowns: int = 0
    wasted: int = 0


async def listing(
    reach: Reach,
    folder: FolderKey,
    *,
    transport: AsyncTransport,
    budget: Budget,
    hints: Sequence[Hint] = (),
    delimiter: str = "",
    beginning: Beginning | None = None,
    tally: Tally | None = None,
) -> AsyncGenerator[Page, None]:
    """The pages of everything below `folder`; with the delimiter `/`, of what lies directly in it.

    `hints` are what an earlier listing of the folder noted (`Page.hint`): with them it is quicker, never less exact. With a
    `beginning` only what lies behind it is listed. `tally` is kept up to date. Raises S3Error when a request fails for good,
    with the code NO_ORDER when the store turns out to keep none, NO_END when it goes on without showing anything new; what
    came before stays true.
    """
    reach.path_of(folder)
    plan = Plan(folder.text, hints=hints, beginning=beginning, descend=not delimiter)
    asking = _Asking(
        reach, prefix=folder.text, delimiter=delimiter, transport=transport, budget=budget, tally=tally or Tally()
    )  # fmt: skip
    try:
        while True:
            asking.send(plan.take(budget.at_once - asking.open))
            if not asking.open:
                return
            answer = await asking.next_answer()
            page = _taken(plan, answer, asking)
            if page is not None:
                # The next request leaves before the taker reads this page.
                asking.send(plan.take(budget.at_once - asking.open))
                yield page
    except NoEnd as problem:
        raise S3Unavailable(str(problem), action=ACTION, code=NO_END) from None
    except LostOrder as problem:
        raise S3Unavailable(str(problem), action=ACTION, code=NO_ORDER) from None
    finally:
        await asking.stop()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a job: a page with its outline, or the error that ended it."""

    job: Job
    body: bytes = b""
    outline: Outline | None = None
    waited: float = 0.0
    error: BaseException | None = None


def _taken(plan: Plan, answer: _Answer, asking: "_Asking") -> Page | None:
    tally = asking.tally
    job = answer.job
    if answer.outline is None:
        if job.range is None and isinstance(answer.error, S3Error):
            plan.lost_folders(job)
            return None
        assert answer.error is not None
        raise answer.error
    plan.note_time(answer.waited)
    whole = answer.outline.page
    if job.range is None:
        folders = whole.prefixes if whole else []
        plan.listed_folders(job, folders, last=_text(answer.outline.last), is_whole=not answer.outline.token)
        return None
    span = plan.listed(job, answer.outline)
    page = Page(answer.body, answer.outline, span, prefix=asking.prefix)
    tally.pages += 1
    tally.keys += page.count
    tally.wasted = plan.wasted
    return page


class _Asking:
    """The requests of one listing that are under way."""

    def __init__(
        self, reach: Reach, *, prefix: str, delimiter: str, transport: AsyncTransport, budget: Budget, tally: Tally
    ) -> None:  # fmt: skip
        self.prefix, self._delimiter = prefix, delimiter
        self._transport, self._budget = transport, budget
        self._signer, self._address = signer_of(reach.connection), address_of(reach.connection)
        self.tally = tally
        self.open = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: asyncio.Queue[_Answer] = asyncio.Queue()

    def send(self, jobs: list[Job]) -> None:
        for job in jobs:
            task = asyncio.create_task(self._answer(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.open += len(jobs)

    async def next_answer(self) -> _Answer:
        answer = await self._answers.get()
        self.open -= 1
        return answer

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, job: Job) -> None:
        try:
            answer = await self._patiently(job)
        except Exception as error:  # noqa: BLE001 - it is raised where the pages are taken
            answer = _Answer(job, error=error)
        self._answers.put_nowait(answer)

    async def _patiently(self, job: Job) -> _Answer:
        """Tries again what may pass, from the same place: faults for seconds, a store that has too much to do for longer."""
        first_sent_at = faulty_since = 0.0
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._budget.turn():
                    sent_at = time.monotonic()
                    first_sent_at = first_sent_at or sent_at
                    faulty_since = faulty_since or sent_at
                    return await self._once(job, faulty_since)
            except S3Unavailable as error:
                is_slow_down = error.code in ("SlowDown", "503", "429")
                wait = pause * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, no secret
                if error.was_told_when:
                    wait += error.retry_after
                again_at = time.monotonic() + wait
                until = first_sent_at + SLOW_DOWN_SECONDS
                if not is_slow_down:
                    until = min(until, self._unheard_since(faulty_since, error) + FAULT_SECONDS)
                if not error.may_pass or again_at > until:
                    raise
                self.tally.retries += 1
                if is_slow_down:
                    self.tally.slowdowns += 1
                    self._budget.slow_down(sent_at=sent_at)
                    faulty_since = again_at  # the store does answer
                elif error.code != NONSENSE:
                    self._budget.lose(sent_at=sent_at)
            await asyncio.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _unheard_since(self, faulty_since: float, error: S3Unavailable | None = None) -> float:
        """Since when a request waits for a store that answers nobody. What answers nonsense is heard, and no better for it."""
        if error is not None and error.code == NONSENSE:
            return faulty_since
        return max(faulty_since, self._budget.answered_at)

    async def _once(self, job: Job, faulty_since: float) -> _Answer:
        url, headers = listing_request(
            self._signer,
            self._address,
            prefix=job.folder if job.range is None else self.prefix,
            delimiter=job.delimiter if job.range is None else self._delimiter,
            token=job.token,
            start_after=job.start_after,
            now=datetime.now(UTC),
        )
        self.tally.requests += 1
        left = max(0.1, FAULT_SECONDS - (time.monotonic() - self._unheard_since(faulty_since)))
        answer = await self._transport.get(url, headers=headers, action=ACTION, patience=min(PATIENCE, left))
        try:
            outline = outline_of(answer.body)
        except ForeignAnswer:
            raise NotAStore(action=ACTION, code="200") from None
        except BrokenListing:
            raise S3Unavailable(
                "The storage's listing was not whole.", action=ACTION, code=NONSENSE
            ) from None
        prefix = (job.folder if job.range is None else self.prefix).encode()
        if any(place is not None and not place.startswith(prefix) for place in (outline.first, outline.last)):
            raise S3Unavailable("The storage listed what was not asked for.", action=ACTION, code=NONSENSE)
        return _Answer(job, answer.body, outline, answer.waited)


def _text(place: bytes | None) -> str:
    return "" if place is None else place.decode(errors="replace")
