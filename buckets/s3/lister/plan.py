"""What to ask next: a listing as ranges of keys that split themselves. Pure: no clock, no network, no Django.

All keys below a prefix are one range `(lo, hi]` at first. Whoever has a free hand asks `take` for jobs; the plan gives the
next page of a range, or cuts the range with most left and gives the page behind the cut. Keys that a page has beyond its
range's end are dropped, because the neighbour lists them. So the keys are exact wherever the cuts fall, and cuts may be
guessed: by folders seen on the way, by the boundaries of an earlier listing, or by how names look.
"""

import math
from collections import deque
from collections.abc import Sequence

from buckets.s3.lister.alphabets import Alphabets
from buckets.s3.lister.keyspace import gallop
from buckets.s3.lister.lookout import FOLDERS_ENOUGH, Lookout
from buckets.s3.lister.page import Outline, Span, part_inside
from buckets.s3.lister.ranges import Beginning, Job, Range, sendable, spread
from buckets.s3.lister.ruler import Hint, Ruler, fitting
from buckets.s3.listing_request import PAGE_KEYS

_WORTH_SPLITTING = 0.003
_FIRST_IMPRESSION = 0.030
_BEYOND_GUESSING = 2000.0
_WASTE_ALLOWED = 32
_BIG = 10
_BOLD = 64
_WASTE_BORNE = 1.3
_NEARLY_NOTHING = 0.5
_SLACK = 0.2


class LostOrder(Exception):
    """The store's pages contradict each other, so nobody can say what is between two keys."""


class NoEnd(LostOrder):
    """The store says that there is more, again and again, and shows nothing of it."""


class Plan:
    """The ranges of one listing below `prefix`. `hints` are the pages of an earlier one, `beginning` what needn't be asked.

    With `descend`, folders are looked for ahead of the pages, to cut at. Without it is one folder's listing: most are small,
    so scouts are only sent as fast as pages prove that it isn't.
    """

    def __init__(
        self,
        prefix: str,
        *,
        hints: Sequence[Hint] = (),
        beginning: Beginning | None = None,
        descend: bool = True,
    ) -> None:
        self._prefix = prefix
        self._hints = fitting(hints, prefix)
        self._ruler = Ruler(prefix, self._hints)
        first = Range(b"", None)
        if beginning:
            first = Range(sendable(beginning.upto), None, pages=1, samples=beginning.samples)
        if self._hints:
            first.left = sum(hint.keys for hint in self._hints) / PAGE_KEYS
        self.ranges: list[Range] = [first]
        self._waiting: deque[Range] = deque([first])
        self._lookout = Lookout(prefix, descends=descend and not self._hints)
        self._quickest = math.inf
        self._timed = 0
        self._is_orderly = True
        self._may_cut = True
        self._has_cut = False
        self._is_one_folder = not descend
        self._began_later = beginning is not None
        self._sent = 0
        self.useful = 0
        self.wasted = 0
        self._full = 0.0
        if beginning:
            self._sent = self.useful = 1
            self._full = 1.0
            self._judge(first)
            self._lookout.look_around(beginning.samples)

    @property
    def is_finished(self) -> bool:
        return not self.ranges

    @property
    def may_split(self) -> bool:
        """Whether more hands help: answers take long enough, the store keeps order, and cuts have not missed too often."""
        is_slow = self._quickest > _WORTH_SPLITTING and (
            self._timed > 1 or self._quickest > _FIRST_IMPRESSION or not self._timed
        )
        return self._may_cut and is_slow and self.wasted <= _WASTE_ALLOWED + self.useful

    def note_time(self, seconds: float) -> None:
        """How long a store took to begin an answer."""
        self._quickest = min(self._quickest, seconds)
        self._timed += 1

    def take(self, free: int) -> list[Job]:
        """Up to `free` requests to send now."""
        jobs: list[Job] = []
        if self._timed or self._hints or self.useful:
            self._split(free - len(self._waiting) - len(self._lookout))
        while self._waiting and len(jobs) < free:
            ahead = self._waiting.popleft()
            ahead.is_busy = True
            self._sent += 1
            jobs.append(Job(ahead))
        while len(self._lookout) and len(jobs) < free and self._may_look():
            self._sent += 1
            jobs.append(self._lookout.take())
        return jobs

    def _may_look(self) -> bool:
        if self._is_one_folder and self._sent >= self._bearable():
            return False
        return self.may_split or not self._timed

    def listed(self, job: Job, outline: Outline) -> Span:
        """Takes in the page that answers `job`; what of it counts are the keys within the span.

        Raises LostOrder when a store goes in circles, or nowhere.
        """
        ahead = job.range
        assert ahead is not None
        after = ahead.cur
        self._check_order(job, ahead, outline)
        upto, ends = self._progress(ahead, outline)
        span = Span(after, upto) if self._is_orderly else Span(b"", None if ends else b"", everything=True)
        is_first = ahead.pages == 0
        ahead.pages += 1
        ahead.is_busy = False
        is_empty = outline.first is None or (ahead.hi is not None and outline.first > ahead.hi)
        may_return = ahead.is_behind or not self._is_orderly
        if ahead.gets_nowhere(outline.first, is_empty=is_empty, may_return=may_return):
            raise NoEnd("The storage sends page after page, but nothing new.")
        self.wasted += is_empty and is_first
        self.useful += not is_empty
        self._full += part_inside(outline, span)
        if ends:
            self.ranges.remove(ahead)
            return span
        assert upto is not None
        ahead.cur, ahead.token, ahead.galloped = upto, outline.token, False
        if outline.first is not None and outline.last is not None:
            guessed, ahead.samples = ahead.left, outline.samples
            if self.may_split:
                self._judge(ahead)
            if guessed is not None and guessed < _NEARLY_NOTHING:
                ahead.left = math.inf  # there is more than these names let expect: look further
        if outline.samples and not self._hints:
            if is_first and after == b"":
                self._lookout.look_around(outline.samples)
            else:
                self._lookout.look_further(
                    ahead, is_known=bool(self._ruler.marks_between(ahead.at, ahead.until))
                )
        # First come, first served; who asks for the first page sees the first keys first.
        self._waiting.append(ahead)
        return span

    def listed_folders(self, job: Job, folders: list[str], *, last: str, is_whole: bool) -> None:
        """Takes in the folders directly inside `job.folder`, in order; `last` is the last entry, folder or file."""
        self._lookout.answered(job)
        found = self._lookout.found(job, folders, is_whole=is_whole)
        self._ruler.know(job.folder, found, last=last, is_whole=is_whole, are_words=job.delimiter != "/")
        for ahead in self.ranges:
            if ahead.pages and ahead.samples:
                self._judge(ahead)
        pages = sum(ahead.left or 0.0 for ahead in self.ranges)
        self._lookout.descend(job, found, known=self._ruler.folders, pages=pages)

    def lost_folders(self, job: Job) -> None:
        """The folders could not be had. Nothing is lost by that but a guess."""
        self._lookout.answered(job)

    def _progress(self, ahead: Range, outline: Outline) -> tuple[bytes | None, bool]:
        """Up to where the range is listed now, and whether that is all of it."""
        if ahead.hi is not None and outline.last is not None and outline.last >= ahead.hi:
            return ahead.hi, True
        if not outline.token:
            return ahead.hi, True
        return max(ahead.cur, outline.last or b""), False

    def _check_order(self, job: Job, ahead: Range, outline: Outline) -> None:
        if outline.token and outline.token == job.token:
            raise NoEnd("The storage lists the same page again and again.")
        first, after = outline.first, job.start_after
        if after and first is not None and first <= after and not after.startswith(first):
            # Some stores name the folder they start inside of. One that names anything else knows no start-after; then the
            # range begins where everything begins, and drops what its neighbours have.
            if self._began_later:
                raise LostOrder("The storage does not begin where it is asked to.")
            ahead.is_behind, self._may_cut = True, False
        went_back = bool(job.token) and not ahead.is_behind and first is not None and first <= ahead.cur
        if went_back or not outline.is_sorted:
            if self._has_cut or self._began_later:
                raise LostOrder("The storage lists its keys in no order that could be followed.")
            self._may_cut, self._is_orderly = False, False

    def _judge(self, ahead: Range) -> None:
        """Guesses anew how much of a range is left, by the way its last page went."""
        ahead.alphabets = Alphabets(ahead.samples, self._ruler.settled)
        share = self._ruler.share
        went = share(ahead.at, ahead.alphabets) - share(ahead.samples[0], ahead.alphabets)
        to_go = share(ahead.until, ahead.alphabets) - share(ahead.at, ahead.alphabets)
        ahead.left = max(0.0, to_go) / went if went > 0 else math.inf

    def _split(self, free: int) -> None:
        """Cuts ranges until up to `free` more wait for their first page."""
        if free <= 0 or not (self.may_split or (self._hints and not self._timed)):
            return
        if self._lookout.is_worth_waiting_for(pages=self.useful):
            return  # they come with the next page, and show where to cut
        if (self._is_one_folder or self._lookout.are_words) and not self._hints:
            free = min(free, self._bearable() - self._sent - len(self._waiting))
            if free <= 0:
                return
        free -= self._gallop(free)
        known = [ahead for ahead in self.ranges if ahead.left is not None and not self._is_vague(ahead)]
        for ahead in known:
            if ahead.left == math.inf:
                ahead.left = float(len(self._ruler.marks_between(ahead.at, ahead.until)))
        total = sum(ahead.left or 0.0 for ahead in known)
        hands = free + len(self.ranges)
        rounds = max(1, math.ceil(total / hands))
        part = rounds if self._hints and not self._timed else rounds - _SLACK
        for ahead in sorted(known, key=lambda one: one.left or 0.0, reverse=True):
            if free <= 0 or (ahead.left or 0.0) <= part * 1.15:
                return
            free -= self._divide(ahead, part, free)

    def _bearable(self) -> int:
        """How many requests may be spent for what was found so far. One folder is worth twice its pages, and more once it
        proved big and guesses hit; a bucket whose names are words, which lead guesses astray, little more than its pages."""
        if not self._is_one_folder:
            return _BOLD + int(_WASTE_BORNE * self._full)
        is_big = self._full >= _BIG and 4 * self.wasted <= self.useful
        return max(3, int((4 if is_big else 2) * self._full))

    def _divide(self, ahead: Range, part: float, free: int) -> int:
        """Cuts a range into parts of about `part` pages; how many were cut off."""
        left = ahead.left or 0.0
        count = min(math.ceil(left / part - 0.05), free + 1)
        part = max(part, left / count)
        start = self._ruler.share(ahead.at, ahead.alphabets)
        whole = self._ruler.share(ahead.until, ahead.alphabets) - start
        cuts = [
            self._ruler.key(start + whole * part * number / left, ahead.alphabets)
            for number in range(1, count)
        ]
        return self._cut(ahead, cuts, part)

    def _gallop(self, free: int) -> int:
        """Sends scouts ahead where nobody knows how far it is to the end of a range."""
        used = 0
        for ahead in list(self.ranges):
            if (
                not (ahead.pages and ahead.samples)
                or ahead.galloped
                or not self._is_vague(ahead)
                or used >= free
            ):
                continue
            marks = self._ruler.marks_between(ahead.at, ahead.until)
            is_flat = ahead.samples[0].rpartition("/")[0] == ahead.samples[-1].rpartition("/")[0]
            scouts = marks[:FOLDERS_ENOUGH]
            are_coming = self._lookout.are_coming
            if is_flat or not are_coming:
                floor = ahead.at.rfind("/") + 1 if are_coming else len(self._prefix)
                scouts += gallop(ahead.samples[0], ahead.at, ahead.alphabets, floor=floor)
                ahead.galloped = True
            used += self._cut(ahead, spread(sorted(set(scouts)), free - used), None)
        return used

    def _is_vague(self, ahead: Range) -> bool:
        return (
            ahead.left is not None
            and ahead.left > _BEYOND_GUESSING
            and len(self._ruler.marks_between(ahead.at, ahead.until)) < FOLDERS_ENOUGH
        )

    def _cut(self, ahead: Range, cuts: list[str], part: float | None) -> int:
        """Cuts a range at these places, as far as they lie inside it; how many parts that made."""
        made = 0
        last = ahead
        left = ahead.left
        for text in cuts:
            place = sendable(text)
            if place <= last.cur or (last.hi is not None and place >= last.hi):
                continue
            behind = Range(
                place, last.hi, galloped=False, samples=ahead.samples, alphabets=ahead.alphabets
            )  # fmt: skip
            last.hi = place
            if part is not None:
                behind.left = max(0.0, (left or 0.0) - part * (made + 1))
                last.left = part
            self.ranges.append(behind)
            self._waiting.append(behind)
            last = behind
            made += 1
            self._has_cut = True
        return made
