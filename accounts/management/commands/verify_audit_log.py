"""`manage.py verify_audit_log`: checks the audit log against its chain of seals."""

import json
import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.verification import SENTENCES, Report, verify

HEAD = re.compile(r"[1-9]\d*:[0-9a-f]{64}")
WHOLE, BROKEN, STOPPED = 0, 1, 3


class Command(BaseCommand):
    help = (
        "Checks every sealed entry of the audit log, and counts those not sealed yet. Ends with 0 when the chain is whole,"
        " 1 when it is broken, 3 when it is whole but entries have waited for their seal for more than a minute."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object instead of sentences.")
        parser.add_argument(
            "--expect",
            metavar="HEAD",
            default="",
            help="A head printed earlier: the chain must still lead through it.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["expect"] and not HEAD.fullmatch(options["expect"]):
            raise CommandError("A head is a position, a colon and 64 hexadecimal characters.", returncode=2)
        report = verify(now=timezone.now(), expected=options["expect"], progress=self._progress())
        self.stdout.write(json.dumps(as_json(report)) if options["json"] else "\n".join(sentences(report)))
        if not report.is_whole:
            raise SystemExit(BROKEN)
        if report.sealing_stopped:
            raise SystemExit(STOPPED)

    def _progress(self) -> Any:
        """Counts on a terminal; says nothing into files and pipes."""
        if not self.stderr.isatty():
            return None
        return lambda count: self.stderr.write(f"\r{count:,} entries checked", ending="")


def as_json(report: Report) -> dict[str, Any]:
    """`report` for machines."""
    first = report.first
    return {
        "whole": report.is_whole,
        "sealed": report.sealed,
        "anchor": report.anchor,
        "head": report.head,
        "sealed_with_older_keys": report.older_keys,
        "first_broken": first and {"position": first.position, "entry": first.entry_id, "fault": first.fault},
        "faults": report.faults,
        "unsealed": report.unsealed,
        "unsealed_since": report.unsealed_since and report.unsealed_since.isoformat(),
        "sealing_stopped": report.sealing_stopped,
    }


def sentences(report: Report) -> list[str]:
    """`report` for people, a line each."""
    said = [f"{report.sealed:,} sealed entries were checked."]
    if report.anchor:
        said.append(f"The log was pruned: the chain begins after position {report.anchor}.")
    if report.older_keys:
        said.append(
            f"{report.older_keys:,} were sealed with keys that are no longer here; later seals vouch for them."
        )
    if report.first:
        entry = f" (entry {report.first.entry_id})" if report.first.entry_id else ""
        said.append(f"BROKEN at position {report.first.position}{entry}: {SENTENCES[report.first.fault]}.")
        said += [f"  {count:,} × {fault}" for fault, count in report.faults.items()]
    else:
        said.append("The chain is whole.")
    if report.unsealed:
        said.append(
            f"{report.unsealed:,} wait for their seal, the oldest since {report.unsealed_since:%Y-%m-%d %H:%M:%S} UTC."
        )
    if report.sealing_stopped:
        said.append("Sealing has stopped: see whether the worker and beat run.")
    return [*said, f"Head: {report.head or 'none'}"]
