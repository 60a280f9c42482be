"""launcher/demo: what the demo buckets hold."""

import csv
import io
import json
import wave
from collections import Counter
from xml.etree import ElementTree

import pytest
from PIL import Image

from buckets.paths import why_unreachable
from launcher.demo import papers, sounds
from launcher.demo.buckets import PRIVATE, PUBLIC
from launcher.demo.catalogue import objects, thumbnail_key, thumbnail_of
from launcher.demo.posters import poster
from launcher.demo.scenery import MOODS, landscape

EVERYTHING = list(objects())


def test_describes_some_hundred_objects_in_both_buckets():
    counted = Counter(described.bucket for described in EVERYTHING)
    assert 250 <= len(EVERYTHING) <= 400
    assert min(counted[PUBLIC], counted[PRIVATE]) > 60


def test_names_no_key_twice_thumbnails_included():
    keys = [(one.bucket, one.key) for one in EVERYTHING]
    keys += [(one.bucket, thumbnail_key(one.key)) for one in EVERYTHING if one.with_thumbnail]
    assert len(keys) == len(set(keys))


def test_holds_only_keys_that_the_product_can_act_on():
    steps = [step for one in EVERYTHING for step in one.key.removesuffix("/").split("/")]
    assert not [step for step in steps if why_unreachable(step)]


def test_holds_every_kind_that_can_be_previewed_and_something_archived():
    kinds = {one.content_type for one in EVERYTHING}
    assert kinds >= {
        *("image/jpeg", "image/png", "image/svg+xml", "application/pdf", "video/mp4", "audio/wav"),
        *("text/csv", "text/markdown", "text/plain", "text/html", "application/json"),
    }
    assert "GLACIER" in {one.storage_class for one in EVERYTHING}


@pytest.mark.parametrize("mood", MOODS)
def test_paints_the_same_landscape_again(mood: str):
    first, second = (landscape(seed="x", mood=mood, width=96, height=64).tobytes() for _ in range(2))
    assert first == second
    assert landscape(seed="y", mood=mood, width=96, height=64).tobytes() != first


def test_draws_the_same_poster_again():
    first, second = (poster(seed="x", title="Open", width=80, height=120) for _ in range(2))
    assert (first.size, first.tobytes()) == ((80, 120), second.tobytes())


def test_makes_small_thumbnails_of_its_pictures():
    picture = next(one for one in EVERYTHING if one.with_thumbnail).contents()
    assert max(Image.open(io.BytesIO(thumbnail_of(picture))).size) == 320


def test_writes_a_pdf_whose_table_points_at_its_objects():
    text = papers.pdf(seed="x", title="Contract (draft)", pages=3)
    start = int(text.rsplit(b"startxref\n", 1)[1].split()[0])
    assert text[start:].startswith(b"xref\n")
    offsets = [int(line[:10]) for line in text[start:].splitlines()[3:] if line.endswith(b" n ")]
    assert all(
        text[offset:].startswith(b"%d 0 obj" % number) for number, offset in enumerate(offsets, start=1)
    )
    assert text.count(b"/Type /Page ") == 3


def test_writes_tables_notes_data_and_drawings_that_their_readers_accept():
    rows = list(csv.reader(io.StringIO(papers.table(seed="x", rows=5).decode())))
    assert {len(row) for row in rows} == {6}
    assert json.loads(papers.record(seed="x", title="Shoot"))["project"] == "Shoot"
    assert ElementTree.fromstring(papers.drawing(seed="x", title="Mark")).tag.endswith("svg")
    assert papers.notes(seed="x", title="Notes").startswith(b"# Notes")


@pytest.mark.parametrize("make", [sounds.tune, sounds.rain])
def test_records_sounds_of_the_length_asked_for(make):
    with wave.open(io.BytesIO(make(seed="x", seconds=0.5))) as heard:
        assert (heard.getnframes(), heard.getnchannels()) == (sounds.RATE // 2, 1)
