"""What counts as listed without a gap."""

from hypothesis import given
from hypothesis import strategies as st

from buckets.s3.lister.coverage import Coverage
from buckets.s3.lister.page import Span

places = st.binary(max_size=2)
spans = st.builds(Span, places, st.none() | places).filter(
    lambda span: span.upto is None or span.after < span.upto
)


@given(st.lists(spans, max_size=8), st.text("a/0", max_size=2).map(lambda text: f"{text}/"))
def test_knows_a_folder_as_whole_when_every_key_of_it_was_covered(found: list[Span], folder: str) -> None:
    coverage = Coverage()
    for span in found:
        coverage.add(span)
    start = folder.encode()
    probes = [
        start + tail for tail in (b"", b"\x00", b"\x01", b"a", b"m", b"\xf4\x8f", b"\xf4\x8f\xbf\xbf" * 3)
    ]
    covered = all(
        any(span.after < key and (span.upto is None or key <= span.upto) for span in found) for key in probes
    )
    if coverage.has_folder(folder):
        assert covered


def test_knows_no_folder_whose_marker_may_be_missing() -> None:
    coverage = Coverage()
    coverage.add(Span(b"a/", None))
    assert not coverage.has_folder("a/")
    coverage.add(Span(b"a", b"a/"))
    assert coverage.has_folder("a/")
    assert not coverage.has_folder("")
    coverage.add(Span(b"", b"a"))
    assert coverage.has_folder("")
