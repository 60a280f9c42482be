"""What of a bucket has been listed without a gap. Pure."""

from bisect import bisect_left, bisect_right

from buckets.s3.lister.page import Span

_END = b"\xff" * 1025
"""Behind every key: no key is that long, and none begins with this byte."""


class Coverage:
    """The spans of pages that came so far, joined where they meet."""

    def __init__(self) -> None:
        self._starts: list[bytes] = []
        self._ends: list[bytes] = []

    def add(self, span: Span) -> Span:
        """Takes in the span of a page; the whole stretch without a gap that it is part of now."""
        start, end = span.after, _END if span.upto is None else span.upto
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]
        return Span(start, None if end == _END else end)

    def holds(self, place: bytes) -> bool:
        """Whether the key with these bytes would have come by now."""
        at = bisect_left(self._starts, place) - 1
        return at >= 0 and self._ends[at] >= place

    def has_folder(self, folder: str) -> bool:
        """Whether everything below `folder` was listed: its key with a slash, or empty for the whole bucket."""
        start, end = folder_bounds(folder)
        at = bisect_right(self._starts, start) - 1
        # A folder's own marker is the key `folder` itself, so the stretch must begin before it.
        return at >= 0 and (self._starts[at] < start or not folder) and self._ends[at] >= end


def folder_bounds(folder: str) -> tuple[bytes, bytes]:
    """The positions between which everything below `folder` lies, the first inclusive."""
    start = folder.encode()
    return start, (start + b"\xff") if folder else _END
