"""The audit log's one way in."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.audit import Operation, record
from accounts.models import AuditEntry


def test_copies_who_it_was_so_that_nothing_hangs_on_the_person(mark):
    entry = record(by=mark, operation=Operation.DELETED, path="a/b")
    mark_id = mark.pk
    mark.delete()

    entry.refresh_from_db()
    assert (entry.actor_id, entry.actor_name, entry.actor_email) == (
        mark_id,
        "Mark Eting",
        "mark@example.com",
    )


def test_records_what_nobody_did(db):
    assert record(by=None, operation=Operation.SIGN_IN_REFUSED).actor_id is None


@pytest.mark.parametrize("path", ["nul\x00byte", "lone\ud800surrogate", "../escape", "x" * 5000, "emoji 🐟"])
def test_stores_whatever_path_was_asked_for(db, path):
    entry = record(by=None, operation=Operation.VIOLATION, path=path)

    entry.refresh_from_db()
    assert entry.path.startswith(path[:2])


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda entries: entries.update(actor_name="Somebody else"),
        lambda entries: entries.all().delete(),
        lambda entries: entries.get().delete(),
        lambda entries: entries.get().save(),
    ],
    ids=["update", "delete", "delete one", "save again"],
)
def test_is_rewritten_by_nobody(mark, rewrite):
    record(by=mark, operation=Operation.DELETED, path="a/b")

    with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
        rewrite(AuditEntry.objects)
    assert AuditEntry.objects.get().actor_name == "Mark Eting"


def test_has_no_foreign_keys():
    assert not [field for field in AuditEntry._meta.get_fields() if field.is_relation]


def test_is_never_changed_or_removed_by_the_code():
    """Nowhere in the product is an update or a delete called on its rows."""
    found = []
    for app in ("accounts", "buckets", "files", "search", "restore", "mediabridge"):
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    chain = ast.unparse(node.func)
                    if chain.startswith("AuditEntry.") and node.func.attr in (
                        "update",
                        "delete",
                        "bulk_update",
                    ):
                        found.append(f"{path}:{node.lineno}")

    assert found == []
