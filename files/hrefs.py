"""Addresses of folders and files on our pages: every segment percent-encoded, so that any key can be opened."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode


def folder_href(code: str, path: str, **query: str) -> str:
    """The address of the folder at `path`, relative to the person's root; empty is the root. Empty values are left out."""
    return _href(code, f"{path.removesuffix('/')}/" if path else "", query)


def new_folder_href(code: str, path: str) -> str:
    """The address of a folder at `path` that need not be there yet."""
    return folder_href(code, path, new="1")


def file_href(code: str, path: str, **query: str) -> str:
    """The address of the file at `path`: its preview. Empty values are left out."""
    return _href(code, path, query)


def parent_of(path: str) -> str:
    """The path of the folder that holds `path`; the root holds itself."""
    stem = path.removesuffix("/").rpartition("/")[0]
    return f"{stem}/" if stem else ""


def _href(code: str, path: str, query: Mapping[str, str]) -> str:
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"/b/{code}/{quote(path, safe='/')}" + (f"?{asked}" if asked else "")
