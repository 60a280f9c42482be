"""What holds for every template: it compiles, nothing in it needs an unsafe content security policy, every icon exists."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))
MODULES = sorted((Path(settings.BASE_DIR) / "static" / "js").rglob("*.js"))
STYLES = sorted((Path(settings.BASE_DIR) / "static" / "css").glob("*.css"))

FORBIDDEN = {
    "an inline style": re.compile(r"""\sstyle\s*=|<style\b""", re.IGNORECASE),
    "an inline handler": re.compile(r"""\s(?:on[a-z]+|hx-on[:a-z-]*)\s*=\s*["']""", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "a script without the nonce": re.compile(r"<script(?![^>]*nonce=)[^>]*>", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "a js: expression": re.compile(r"""hx-(?:vals|headers)\s*=\s*["']\s*js:""", re.IGNORECASE),
    "another host": re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""", re.IGNORECASE),
}


def offences(markup: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(markup)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_compiles(name: str):
    get_template(name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_needs_no_unsafe_policy(name: str):
    assert offences((ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ('<p style="color: red">', "an inline style"),
        ('<button onclick="go()">', "an inline handler"),
        ('<button hx-on:click="go()">', "an inline handler"),
        ('<script nonce="x">go()</script>', "an inline script"),
        ('<script src="/x.js"></script>', "a script without the nonce"),
        ('<a href="javascript:go()">', "a javascript: address"),
        ("<p hx-vals='js:{a: 1}'>", "a js: expression"),
        ('<img src="//elsewhere.example/x.png">', "another host"),
    ],
)
def test_would_notice(planted: str, found: str):
    assert found in offences(planted)


@pytest.mark.parametrize("name", TEMPLATES)
def test_names_only_icons_there_are(name: str):
    named = re.findall(r"""{%\s*icon\s+["']([^"']+)["']""", (ROOT / name).read_text(encoding="utf-8"))
    assert [icon for icon in named if not (ROOT / "icons" / f"{icon}.svg").is_file()] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_scripts_evaluate_nothing(path: Path):
    assert not re.search(r"\beval\(|new Function\(", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_load_nothing_from_elsewhere(path: Path):
    sources = re.findall(r"""url\(\s*["']?([^"')]+)""", path.read_text(encoding="utf-8"))
    assert [source for source in sources if re.match(r"(?:https?:)?//", source)] == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_use_only_tokens_there_are(path: Path):
    defined = {
        name for style in STYLES for name in re.findall(r"(--[\w-]+)\s*:", style.read_text(encoding="utf-8"))
    }
    # The admin's theme brings its own.
    used = {
        name
        for name in re.findall(r"var\((--[\w-]+)\s*\)", path.read_text(encoding="utf-8"))
        if not name.startswith("--color-")
    }
    assert used - defined == set()
