"""ListObjectsV2 over keys in memory, by raw bytes, said the simple way; and a plan driven to its end with it."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from buckets.s3.lister.page import Outline
from buckets.s3.lister.plan import Plan
from buckets.s3.lister.ranges import Job
from buckets.s3.lister.ruler import Hint

Choose = Callable[[int], int]


@dataclass
class Memory:
    """A bucket's keys. `knows_start_after` is off for stores that ignore it.

    With `is_one_folder` it is listed with the delimiter `/`; then `found` are names of files and of folders.
    """

    keys: list[bytes]
    page: int = 1000
    knows_start_after: bool = True
    is_one_folder: bool = False
    requests: int = 0

    def answer(self, job: Job, prefix: str) -> tuple[Outline, list[bytes]]:
        self.requests += 1
        if self.is_one_folder:
            return self._entries(job, prefix.encode())
        start = bisect_left(self.keys, prefix.encode())
        after = bytes.fromhex(job.token) or (job.start_after if self.knows_start_after else b"")
        if after:
            start = max(start, bisect_right(self.keys, after))
        end = bisect_left(self.keys, prefix.encode() + b"\xff" * 9) if prefix else len(self.keys)
        found = self.keys[start : min(start + self.page, max(end, start))]
        token = found[-1].hex() if start + self.page < end else ""
        step = max(1, len(found) // 16)
        samples = [key.decode(errors="replace") for key in [*found[::step], *found[-1:]]]
        first, last = (found[0], found[-1]) if found else (None, None)
        return Outline(first, last, token, len(found), samples), found

    def _entries(self, job: Job, prefix: bytes) -> tuple[Outline, list[bytes]]:
        """One page with a delimiter. Who starts inside a folder is told of it again, who goes on by token is not."""
        after = job.start_after if self.knows_start_after else b""
        at = max(bisect_left(self.keys, prefix), bisect_right(self.keys, bytes.fromhex(job.token) or after))
        found: list[bytes] = []
        while at < len(self.keys) and self.keys[at].startswith(prefix) and len(found) < self.page:
            name, slash, _ = self.keys[at][len(prefix) :].partition(b"/")
            found.append(prefix + name + slash)
            at = bisect_right(self.keys, found[-1] + b"\xff" * 9) if slash else at + 1
        goes_on = at < len(self.keys) and self.keys[at].startswith(prefix)
        token = (found[-1] + b"\xff" * 9 * found[-1].endswith(b"/")).hex() if goes_on else ""
        samples = [entry.decode(errors="replace") for entry in found]
        first, last = (found[0], found[-1]) if found else (None, None)
        return Outline(first, last, token, len(found), samples), found

    def folders(self, job: Job) -> tuple[list[str], str, bool]:
        """The folders of one page of a listing with a delimiter, its last entry, and whether it is the only page."""
        folder, delimiter = job.folder, job.delimiter.encode()
        self.requests += 1
        entries: list[bytes] = []
        start = folder.encode()
        at = bisect_left(self.keys, start)
        while at < len(self.keys) and self.keys[at].startswith(start) and len(entries) < self.page:
            name, slash, _ = self.keys[at][len(start) :].partition(delimiter)
            entries.append(start + name + slash)
            at = bisect_right(self.keys, start + name + slash + (b"\xff" if slash else b""))
        is_whole = at == len(self.keys) or not self.keys[at].startswith(start)
        names = [entry.decode(errors="replace") for entry in entries]
        prefixes = [
            name
            for entry, name in zip(entries, names, strict=True)
            if entry.endswith(delimiter) and entry != start
        ]
        return prefixes, names[-1] if names else "", is_whole


@dataclass
class Driven:
    """What came of driving a plan: keys as they came, hints for the next time, and how many rounds of equal length it took."""

    keys: list[bytes] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    rounds: int = 0


def drive(
    plan: Plan, memory: Memory, prefix: str, *, hands: int, choose: Choose | None = None,
    meanwhile: Callable[[int], None] = lambda _: None,
) -> Driven:  # fmt: skip
    """Answers the plan's jobs until it has no more: round by round, or in the order that `choose` picks among the open ones."""
    told = Driven()
    under_way: list[Job] = []
    while True:
        under_way += plan.take(hands - len(under_way))
        assert len(under_way) <= hands
        if not under_way:
            assert plan.is_finished
            return told
        told.rounds += 1
        answered = under_way if choose is None else [under_way.pop(choose(len(under_way)))]
        under_way = [] if choose is None else under_way
        for job in answered:
            _answer(plan, memory, prefix, job, told)
        meanwhile(told.rounds)


def _answer(plan: Plan, memory: Memory, prefix: str, job: Job, told: Driven) -> None:
    plan.note_time(0.1)
    if job.range is None:
        folders, last, is_whole = memory.folders(job)
        plan.listed_folders(job, folders, last=last, is_whole=is_whole)
        return
    outline, found = memory.answer(job, prefix)
    span = plan.listed(job, outline)
    kept = [
        key
        for key in found
        if span.everything or (span.after < key and (span.upto is None or key <= span.upto))
    ]
    told.keys += kept
    if kept:
        told.hints.append(Hint(kept[-1].decode(errors="replace"), len(kept)))
