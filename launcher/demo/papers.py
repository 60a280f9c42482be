"""Documents: PDF written by hand, tables, notes, data, a drawing."""

# ruff: noqa: S311 -- chance that must repeat itself, not secrets

import csv
import io
import json
from collections.abc import Sequence
from random import Random

PAGE = (595, 842)  # A4 in points
SENTENCES = (
    "The second location is confirmed from Tuesday; the ferry takes the large van, not the truck.",
    "Please keep the wide shots free of logos, they are used by all three partners.",
    "Colour follows the approved stills of March, slightly warmer in the interior scenes.",
    "All usage rights run for two years and include print, web and point of sale.",
    "The client asked for one more square crop and a version without any text.",
    "Sound is delivered as separate stems, voice in the centre, ambience below minus eighteen.",
    "Deliver finals and working files into separate folders; nothing is sent by mail.",
    "The weather day moves to Friday, and the crew call stays at six in the morning.",
    "Retouching is limited to dust, sensor spots and the parked cars in frame four.",
    "Whoever finds an older version is kindly asked to leave it where it is and say so.",
)


def pdf(*, seed: str, title: str, pages: int) -> bytes:
    """A PDF with `pages` A4 pages of headed text."""
    chance = Random(seed)
    streams = [_page_content(chance, title=title, number=number, of=pages) for number in range(1, pages + 1)]
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for index, stream in enumerate(streams):
        box = f"[0 0 {PAGE[0]} {PAGE[1]}]"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * index} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream))
    return _pdf_file(objects)


def table(*, seed: str, rows: int) -> bytes:
    """A budget as CSV."""
    chance = Random(seed)
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["position", "department", "description", "days", "rate", "total"])
    for position in range(1, rows + 1):
        days, rate = chance.randint(1, 14), chance.randrange(180, 1200, 20)
        department = chance.choice(["Camera", "Light", "Set", "Sound", "Post", "Travel"])
        described = chance.choice(
            ["Assistant", "Rental, lenses", 'Operator, "B" unit', "Van", "Editing suite"]
        )
        writer.writerow([position, department, described, days, rate, days * rate])
    return target.getvalue().encode()


def notes(*, seed: str, title: str) -> bytes:
    """Production notes as Markdown."""
    chance = Random(seed)
    lines = [f"# {title}", "", chance.choice(SENTENCES), "", "## Decided", ""]
    lines += [f"- {sentence}" for sentence in chance.sample(SENTENCES, 4)]
    lines += ["", "## Open", "", "| what | who | until |", "|---|---|---|"]
    lines += [
        f"| {what} | {chance.choice(['Ida', 'Jonas', 'Mara'])} | {chance.randint(1, 28)} May |"
        for what in TASKS
    ]
    lines += ["", "```", "project/", "  finals/", "  working files/", "```", ""]
    return "\n".join(lines).encode()


TASKS = ("Subtitles", "Square crops", "Music licence", "Credits")


def record(*, seed: str, title: str) -> bytes:
    """A shoot's metadata as JSON."""
    chance = Random(seed)
    shots = [
        {
            "shot": number,
            "lens_mm": chance.choice([24, 35, 50, 85]),
            "iso": chance.choice([200, 400, 800]),
            "keep": chance.random() < 0.6,
        }
        for number in range(1, 13)
    ]
    return json.dumps({"project": title, "shots": shots}, indent=2).encode()


def drawing(*, seed: str, title: str) -> bytes:
    """A logo-like SVG."""
    chance = Random(seed)
    hue = chance.randrange(360)
    arcs = "".join(
        f'<circle cx="120" cy="120" r="{radius}" fill="none" stroke="hsl({(hue + radius) % 360} 60% 50%)" '
        f'stroke-width="14" stroke-dasharray="{chance.randint(60, 240)} {chance.randint(20, 90)}"/>'
        for radius in range(30, 111, 20)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" role="img"><title>{title}</title>{arcs}</svg>\n'
    ).encode()


def web_page(*, title: str) -> bytes:
    """A small HTML document."""
    body = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES[:4])
    return f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{body}</html>\n'.encode()


def _page_content(chance: Random, *, title: str, number: int, of: int) -> bytes:
    lines = [
        "0.16 0.30 0.42 rg 0 782 595 60 re f",
        "BT 1 1 1 rg /F1 20 Tf 56 804 Td",
        f"({_escaped(title)}) Tj ET",
    ]
    lines += ["BT 0.1 g /F1 11 Tf 17 TL 56 740 Td"]
    for paragraph in range(6):
        lines.append(f"({_escaped(f'{number}.{paragraph + 1}')}) Tj T*")
        for sentence in chance.sample(SENTENCES, 3):
            lines += [f"({_escaped(piece)}) Tj T*" for piece in _wrapped(sentence)]
        lines.append("T*")
    lines += ["ET", f"BT 0.4 g /F1 9 Tf 56 40 Td (Page {number} of {of}) Tj ET"]
    return "\n".join(lines).encode("cp1252", errors="replace")


def _wrapped(text: str, *, width: int = 86) -> Sequence[str]:
    pieces, line = [], ""
    for word in text.split():
        if len(line) + len(word) + 1 > width:
            pieces.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*pieces, line]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    target = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(target))
        target += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table_at = len(target)
    target += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    target += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    target += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table_at)
    return bytes(target)
