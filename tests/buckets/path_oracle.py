r"""A second opinion on where a path leads, written from the standards and not from `buckets/paths.py`.

It reads a path as everybody on its way might: as S3 does (literally), as a POSIX-minded proxy or CDN does (normpath), as
Python's RFC 3986 resolver does with the quoted URL, and as a browser does (WHATWG URL, "path state"), each of them also
after any number of readers before it undid a layer of percent-escapes cleaned the text up, or took `\` for `/`.
"""

import posixpath
from urllib.parse import quote, unquote, urljoin, urlsplit

ROOT = "r00t-7f3a"
_C0_AND_SPACE = "".join(chr(code) for code in range(0x20 + 1))
_TOO_MANY = 400


class TooManyReadings(Exception):
    """The path is escaped so often over that the oracle gives up; such paths are tested by example."""


def escapes(path: str) -> bool:
    """Whether any reader ends outside the folder the path starts from."""
    return any(not _inside(place) for text in _texts(path) for place in _places(text))


def is_moved_by_a_reader(path: str) -> bool:
    """Whether any reader takes a segment for `.` or `..` and so goes elsewhere than the letters say."""
    return any(
        any(_browser_dots(segment) for segment in text.replace("\\", "/").split("/")) for text in _texts(path)
    )


def _texts(path: str) -> list[str]:
    """Every spelling of the path that some chain of readers has in hand, the original first."""
    known = [path]
    for text in known:
        for spelling in (unquote(text, errors="replace"), _browser_cleaned(text), text.replace("\\", "/")):
            if spelling not in known:
                known.append(spelling)
        if len(known) > _TOO_MANY:
            raise TooManyReadings
    return known


def _places(text: str) -> list[str]:
    """Where the three kinds of reader end, each as an absolute path."""
    quoted = quote(text, safe="/", errors="surrogatepass")
    return [
        posixpath.normpath(f"/{ROOT}/{text}"),
        unquote(urlsplit(urljoin(f"https://h/{ROOT}/", f"./{quoted}")).path),
        _browser_path(f"{ROOT}/{text}"),
    ]


def _inside(place: str) -> bool:
    return place == f"/{ROOT}" or place.startswith(f"/{ROOT}/")


def _browser_cleaned(text: str) -> str:
    """WHATWG URL, basic URL parser, steps 1-3: trim C0 controls and spaces, remove tabs and newlines."""
    trimmed = text.strip(_C0_AND_SPACE)
    return "".join(character for character in trimmed if character not in "\t\n\r")


def _browser_path(text: str) -> str:
    """WHATWG URL, path state of a special scheme, over `text`; the answer as an absolute path."""
    path: list[str] = []
    buffer = ""
    for character in [*_browser_cleaned(text), None]:
        if character is not None and character not in "/\\":
            buffer += character
            continue
        if _browser_dots(buffer) == 2:
            path = path[:-1]
            if character is None:
                path.append("")
        elif _browser_dots(buffer) == 1:
            if character is None:
                path.append("")
        else:
            path.append(buffer)
        buffer = ""
    return "/" + "/".join(path)


def _browser_dots(segment: str) -> int:
    """How many dots the segment is to a browser: 1 or 2 as the standard's single- and double-dot segments, else 0."""
    spelled = segment.lower()
    if spelled in {".", "%2e"}:
        return 1
    return 2 if spelled in {"..", ".%2e", "%2e.", "%2e%2e"} else 0
