"""Checking the audit log against its chain of seals."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef

from accounts import chain
from accounts.models import AuditEntry, AuditSeal
from accounts.pruning import keep_from_pruning

SEALED_WITHIN = timedelta(minutes=1)
"""An entry that waits longer than this for its seal says that sealing has stopped. Usually it takes some seconds."""
_AT_ONCE = 2_000


class Fault(StrEnum):
    """What is wrong with a link of the chain."""

    CHANGED = "changed"
    MISSING = "missing"
    SEAL_MISSING = "seal missing"
    FORGED = "forged"
    CUT_OFF = "cut off"
    NOT_THE_HEAD = "not the head"


SENTENCES = {
    Fault.CHANGED: "the entry, its seal or the seal before is not what was sealed",
    Fault.MISSING: "the entry is gone",
    Fault.SEAL_MISSING: "one or more seals before this one are gone",
    Fault.FORGED: "the seal was not made with a key of this installation",
    Fault.CUT_OFF: "what came before is gone, and no pruning accounts for it",
    Fault.NOT_THE_HEAD: "the chain does not lead through the expected seal",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A link that does not hold. `entry_id` is None where no entry is meant."""

    position: int
    fault: Fault
    entry_id: int | None


@dataclass(slots=True)
class Report:
    """What was found. `first` is the first broken link; `faults` counts them all, by what is wrong.

    `sealed` links were checked; `head` is the position and the hash of the last. `unsealed` entries wait for their seal,
    the oldest since `unsealed_since`. `older_keys` links were made with keys that are no longer here: they are vouched
    for by the links after them. `anchor` is where the chain begins, 0 unless the log was pruned.
    """

    sealed: int = 0
    anchor: int = 0
    head: str = ""
    older_keys: int = 0
    first: Broken | None = None
    faults: dict[Fault, int] = field(default_factory=dict)
    unsealed: int = 0
    unsealed_since: datetime | None = None
    sealing_stopped: bool = False

    @property
    def is_whole(self) -> bool:
        return self.first is None

    def note(self, position: int, fault: Fault, entry_id: int | None = None) -> None:
        self.faults[fault] = self.faults.get(fault, 0) + 1
        if self.first is None:
            self.first = Broken(position, fault, entry_id)


@transaction.atomic
def verify(*, now: datetime, expected: str = "", progress: Callable[[int], None] | None = None) -> Report:
    """Checks every link of the chain, in bounded memory, and counts what is not sealed yet. Nothing is pruned meanwhile.

    `expected` is a head noted earlier (`position:hash`): the chain must still lead through it. `progress` is told from
    time to time how many links were checked.
    """
    keep_from_pruning()
    walk = _Walk(expected)
    # Rows come from a cursor of the server; the entries are fetched for each batch by their ids.
    seals = AuditSeal.objects.order_by("position").iterator(chunk_size=_AT_ONCE)
    for batch in iter(lambda: list(islice(seals, _AT_ONCE)), []):
        entries = AuditEntry.objects.in_bulk([seal.entry_id for seal in batch])
        for seal in batch:
            walk.step(seal, entries.get(seal.entry_id))
        if progress is not None:
            progress(walk.report.sealed)
    walk.end()
    _count_unsealed(walk.report, now)
    return walk.report


class _Walk:
    """One way along the chain. The hash that stands in each seal is the beginning of the next, so that one changed entry
    is one broken link."""

    def __init__(self, expected: str) -> None:
        self.report = Report()
        self._keys = chain.named(settings.AUDIT_KEYS)
        self._position, self._hash = 0, chain.FIRST
        self._saw_our_key = False
        self._expected_at = int(expected.partition(":")[0]) if expected else 0
        self._expected = expected

    def step(self, seal: AuditSeal, entry: AuditEntry | None) -> None:
        """Checks the link that `seal` is."""
        digest = bytes(seal.hash)
        is_anchor = self._position == 0 and seal.position > 1
        if is_anchor:
            self.report.anchor = seal.position
            if entry is not None or not self._was_pruned_to(seal.position, digest):
                self.report.note(seal.position, Fault.CUT_OFF)
        else:
            if seal.position != self._position + 1:
                self.report.note(seal.position, Fault.SEAL_MISSING)
            self._check_entry(seal, entry, digest)
        self._check_key(seal, digest)
        if seal.position == self._expected_at and f"{seal.position}:{digest.hex()}" != self._expected:
            self.report.note(seal.position, Fault.NOT_THE_HEAD)
        self._position, self._hash = seal.position, digest
        self.report.sealed += 1

    def end(self) -> None:
        """Says where the chain ends, and whether it comes as far as it was expected to."""
        self.report.head = f"{self._position}:{self._hash.hex()}" if self._position else ""
        is_pruned = self._expected_at < self.report.anchor
        if self._expected and (self._expected_at > self._position or is_pruned):
            self.report.note(self._expected_at, Fault.NOT_THE_HEAD)

    def _check_entry(self, seal: AuditSeal, entry: AuditEntry | None, digest: bytes) -> None:
        if entry is None:
            self.report.note(seal.position, Fault.MISSING, seal.entry_id)
            return
        right = chain.hash_of(entry, position=seal.position, before=self._hash, sealed_at=seal.sealed_at)
        if right != digest:
            self.report.note(seal.position, Fault.CHANGED, seal.entry_id)

    def _check_key(self, seal: AuditSeal, digest: bytes) -> None:
        """A key that was put away can't be checked any more; the links made with present keys cover those before them. So
        none may come after one of ours."""
        key = self._keys.get(seal.key_id)
        if key is None and not self._saw_our_key:
            self.report.older_keys += 1
        elif key is None or not hmac.compare_digest(chain.mac_of(digest, key=key), bytes(seal.mac)):
            self.report.note(seal.position, Fault.FORGED, seal.entry_id)
        else:
            self._saw_our_key = True

    def _was_pruned_to(self, position: int, digest: bytes) -> bool:
        """Whether an entry proves that the log was pruned up to this seal by somebody who had a key."""
        said = AuditEntry.objects.filter(
            operation=AuditEntry.Operation.AUDIT_PRUNED, detail__position=position
        )
        proofs = {str(detail.get("proof")) for detail in said.values_list("detail", flat=True)}
        return any(chain.anchor_proof(position, digest, key=key) in proofs for key in settings.AUDIT_KEYS)


def _count_unsealed(report: Report, now: datetime) -> None:
    seals = AuditSeal.objects.filter(entry_id=OuterRef("id"))
    waiting = AuditEntry.objects.filter(~Exists(seals)).aggregate(count=Count("id"), since=Min("at"))
    report.unsealed, report.unsealed_since = waiting["count"], waiting["since"]
    report.sealing_stopped = bool(waiting["since"]) and now - waiting["since"] > SEALED_WITHIN
