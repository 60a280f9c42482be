"""Words about a search as bytes, for the way from one process to another."""

import json
from collections.abc import Iterator
from typing import Final

from django.db import OperationalError

from buckets.access import NoSuchBucket
from buckets.paths import Malformed, OutOfBounds
from buckets.s3 import errors
from buckets.s3.errors import S3Error, S3Unavailable
from search.events import CacheHit, Complete, Failed, FolderDone, Traversing
from search.running import Lines, Word

_PLAIN: Final = {kind.__name__: kind for kind in (Traversing, CacheHit, FolderDone, Complete)}
_LINES: Final = b"L"
# Nothing that JSON writes holds it.
_BETWEEN: Final = b"\0"


class Interrupted(Exception):
    """Whoever ran the search ended, or came to grief in a way nobody foresaw."""


def to_bytes(*words: Word) -> bytes:
    """Words as bytes. Lines stay as they are: nobody on the way reads them."""
    return _BETWEEN.join(map(_to_bytes, words))


def of_bytes(sent: bytes) -> Iterator[Word]:
    """The words in what `to_bytes` gave."""
    return map(_of_bytes, sent.split(_BETWEEN))


def _to_bytes(word: Word) -> bytes:
    if isinstance(word, Lines):
        return _LINES + word.text.encode()
    if isinstance(word, Failed):
        return json.dumps(["Failed", *_problem(word.problem)]).encode()
    return json.dumps([type(word).__name__, *word]).encode()


def _of_bytes(sent: bytes) -> Word:
    if sent.startswith(_LINES):
        return Lines(sent[1:].decode())
    name, *told = json.loads(sent)
    if name == "Failed":
        return Failed(_raised(*told))
    word: Word = _PLAIN[name](*told)
    return word


def _problem(problem: Exception) -> list[object]:
    """What of a problem crosses: its name, its sentence, and what the storage said; never an address or a key."""
    if isinstance(problem, S3Error):
        wait = problem.retry_after if isinstance(problem, S3Unavailable) else None
        return [type(problem).__name__, str(problem), problem.action, problem.code, wait]
    if isinstance(problem, Malformed):
        return ["Malformed", problem.reason, problem.field, "", None]
    name = "NoSuchBucket" if isinstance(problem, NoSuchBucket | OutOfBounds) else "OperationalError"
    return [name, "", "", "", None]


def _raised(name: str, sentence: str, about: str, code: str, wait: float | None) -> Exception:
    if name == "Malformed":
        return Malformed(about, sentence)
    if name == "NoSuchBucket":
        return NoSuchBucket()
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, S3Error)):
        return OperationalError()
    problem = kind(sentence, action=about, code=code)
    if isinstance(problem, S3Unavailable) and wait is not None:
        problem.retry_after = wait
    return problem
