"""Every operation the audit log knows is really written somewhere, and a test sees it written by the act itself."""

import ast
from functools import cache

import pytest

from accounts.audit import Operation
from tests.boundaries.source import REPO, Module, modules

WRITERS = {"record", "record_all", "note", "_record", "note_change"}
TESTED = {
    Operation.SIGNED_IN: "accounts/test_login.py::test_signs_in_with_the_right_password",
    Operation.SIGNED_OUT: "accounts/test_sessions.py::test_ends_instead_of_deleting",
    Operation.SIGN_IN_REFUSED: "accounts/test_login.py::test_refuses_with_one_sentence_whatever_was_wrong",
    Operation.SETUP: "accounts/test_setup.py::test_makes_the_administrator_and_signs_them_in",
    Operation.PASSWORD_SET: "accounts/test_passwords.py::test_keeps_this_session_and_ends_the_others",
    Operation.SESSION_ENDED: "accounts/test_account.py::test_is_audited_once",
    Operation.TOKEN_MADE: "accounts/test_personal_tokens.py::test_is_audited_without_the_token",
    Operation.TOKEN_REVOKED: "accounts/test_personal_tokens.py::test_is_revoked_once_and_says_so_in_the_log",
    Operation.TOKEN_REFUSED: "permissions/test_personal_tokens.py::test_opens_no_other_door",
    Operation.FORCED_OUT: "accounts/test_commands.py::test_ends_every_session",
    Operation.VIOLATION: "mediabridge/test_violations.py::test_is_audited_with_the_path_the_bucket_and_the_address",
    Operation.UPLOAD_SIGNED: "files/test_prepare.py::test_writes_each_upload_down_before_anybody_gets_its_url",
    Operation.UPLOAD_CONFIRMED: "files/test_settling.py::test_confirms_what_arrived_and_shows_it_at_once",
    Operation.OVERWRITE_SIGNED: "files/test_prepare.py::test_overwrites_when_told_to_and_says_so_in_the_audit_log",
    Operation.DELETED: "files/test_deletion.py::test_writes_an_audit_entry_for_each_file",
    Operation.LINK_COPIED: "files/test_links.py::test_copies_a_link_for_seven_days",
    Operation.LINK_OPENED: "files/test_links.py::test_opens_a_file_in_a_tab_of_its_own",
    Operation.DOWNLOADED: "files/test_links.py::test_downloads_a_file_under_its_own_name",
    Operation.ADMIN_ADDED: "admin/test_buckets.py::test_is_audited_without_the_key",
    Operation.ADMIN_CHANGED: "admin/test_people.py::test_unlocks",
    Operation.ADMIN_REMOVED: "admin/test_people.py::test_leaves_the_audit_log_alone",
    Operation.LISTINGS_FLUSHED: "admin/test_buckets.py::test_flushes_one_bucket_and_no_other",
    Operation.BUCKET_TESTED: "admin/test_buckets.py::test_is_reported_call_by_call",
    Operation.CORS_CHANGED: "admin/test_buckets.py::test_applies_it_when_confirmed",
    Operation.AUDIT_EXPORTED: "files/test_activity_export.py::test_is_noted_in_the_log",
    Operation.AUDIT_PRUNED: "accounts/test_pruning.py::test_says_in_the_log_what_it_did",
}
"""The test of each operation: it does the thing, and looks into the log."""


@cache
def written() -> dict[str, set[str]]:
    """The names of the operations that some module hands to who writes entries, with the modules."""
    found: dict[str, set[str]] = {}
    for module in modules():
        for name in _handed_on(module):
            found.setdefault(name, set()).add(module.name)
    return found


def _handed_on(module: Module) -> set[str]:
    """`Operation.X` inside a call that writes, or in a name of the module or function that such a call is given."""
    if module.name in ("accounts.models", "files.activity", "files.activity_rows"):
        return set()
    writes = any(isinstance(node, ast.Call) and _called(node) in WRITERS for node in module.nodes)
    named = {
        node.attr
        for node in module.nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".")[-1] == "Operation"
    }
    return named if writes else set()


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).split(".")[-1]


@cache
def _tests_of(file: str) -> list[ast.FunctionDef]:
    tree = ast.parse((REPO / "tests" / file).read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("operation", list(Operation))
def test_is_written_by_the_product(operation: Operation) -> None:
    assert written().get(operation.name), f"nobody writes {operation.name}"


@pytest.mark.parametrize("operation", list(Operation))
def test_is_seen_in_the_log_by_a_test_of_the_act(operation: Operation) -> None:
    assert operation in TESTED, f"name the test that sees {operation.name} written"
    file, _, name = TESTED[operation].partition("::")
    tests = [test for test in _tests_of(file) if test.name == name]
    assert tests, f"{TESTED[operation]} is gone"
    text = ast.unparse(tests[0])
    assert "AuditEntry" in text
    assert f"'{operation.value}'" in text or f"Operation.{operation.name}" in text
