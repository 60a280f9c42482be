"""The table: every page and state that is rendered, judged by eye, by axe-core, and on a phone.

`tests/shots/test_table.py` fails when a template, a URL name or one of the STATES has no row here.
"""

from dataclasses import dataclass

from tests.shots import scenes, search_scenes
from tests.shots.scenes import Scene

STATES: dict[str, tuple[str, ...]] = {
    "setup": ("first run", "refused", "already set up"),
    "login": ("plain", "wrong password", "rate limited", "locked out", "disabled", "session ended"),
    "password": ("forgotten", "set by link", "link gone"),
    "account": ("plain", "refused", "menu"),
    "tokens": ("none yet", "list", "just made", "refused", "revoking", "revoked", "no bucket"),
    "activity": ("rows", "rows of an admin", "filtered", "nothing yet", "no match", "refused"),
    "home": ("cards", "cards of an admin", "somebody locked", "none assigned", "no bucket yet"),
    "folder": (
        "list", "grid", "100,000 entries", "still listing", "empty", "empty and read only", "new", "unknown", "gone",
        "loading", "refused", "refused, to an admin", "unreachable", "last known listing", "forbidden", "odd names", "archived",
        "no match", "order", "actions", "selection", "dropping", "new folder", "new folder refused", "keys",
        "delete", "not all deleted", "links", "toast",
    ),
    "search": (
        "not begun", "no bucket", "under 3 characters", "over 1,000 characters", "looking", "searching", "list", "grid",
        "filtered", "nothing found", "some failed",
        "failed", "stopped", "thousands", "connection lost", "not connected", "brought back",
        "selection", "actions", "keys", "preview",
    ),
    "preview": (
        "image", "video", "audio", "PDF", "text", "code", "Markdown", "CSV", "HTML as text", "no preview", "archived",
        "broken image", "empty", "gone", "over its folder",
    ),
    "tray": ("uploading", "uploaded", "too large", "failed", "network lost", "conflicts", "folded"),
    "reference": ("whole", "a call", "found", "nothing found"),
    "errors": ("not found", "not found, to a stranger", "bad request", "stale form", "our mistake", "unavailable"),
    "admin": (
        "index", "buckets", "new bucket", "new bucket refused", "bucket", "connection works", "wrong key", "CORS",
        "people", "new person", "person", "password link", "tokens", "token", "audit log", "AWS keys", "new AWS key", "restores",
    ),
}  # fmt: skip
"""What must be designed, page by page."""

WITHOUT_A_PAGE = {
    "healthz": "answers machines",
    "logout": "leads to login",
    "change-password": "answers with the account page",
    "end-session": "answers with the account page",
    "end-other-sessions": "answers with the account page",
    "revoke-token": "leads to the list",
    "activity-export": "its answer is a file",
    "upload-confirm": "its answer is read by the tray",
    "upload-cancel": "its answer is empty",
    "download": "leads to the file",
    "open": "leads to the file",
    "delete": "its answers are the toast and the outcome",
    "revalidate": "its answer is empty",
    "search-pictures": "its answer is read by the page",
    "search-stored": "its answer is read by the page",
}
"""URL names that show no page of their own, and why."""

WITHOUT_A_SHOT = {
    "files/activity_further.html": "rows of activity.html that come with scrolling",
    "files/activity_more.html": "the mark at which further rows are fetched; invisible",
    "files/further.html": "rows of folder.html that come with scrolling",
    "files/more.html": "the mark at which further rows are fetched; invisible",
    "files/tray_confirmed.html": "read by the tray",
    "search/stored.html": "shown without scripts, where axe-core, a script, can't look",
}
"""Templates that are never seen by themselves, and why."""


@dataclass(frozen=True)
class Row:
    """A page in a state. `urls` are the URL names it shows, `templates` what of `templates/` can be seen in it.

    `within` is the part (a selector) that differs from another row's; axe-core, slow on very long pages, need only look there.
    """

    page: str
    state: str
    scene: Scene
    urls: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    within: str = ""

    @property
    def name(self) -> str:
        return f"{self.page} {self.state}"


BROWSER = ("files/browser.html", "files/folder.html", "files/toolbar.html")
LISTED = (*BROWSER, "files/listing.html", "files/rows.html", "files/totals.html")
PREVIEW = (
    "files/preview_page.html",
    "files/preview.html",
    "files/preview_stage.html",
    "files/preview_slot.html",
)

SEARCH = (
    "search/search.html", "search/filters.html", "search/progress.html", "search/pieces.html", "search/states.html",
)  # fmt: skip

ROWS: list[Row] = [
    Row("setup", "first run", scenes.setup_page, ("setup",), ("accounts/setup.html", "bare.html")),
    Row("setup", "refused", scenes.setup_refused),
    Row("setup", "already set up", scenes.already_set_up),
    Row("login", "plain", scenes.login, ("login",), ("accounts/login.html",)),
    Row("login", "wrong password", scenes.login_wrong),
    Row("login", "rate limited", scenes.login_limited),
    Row("login", "locked out", scenes.login_locked),
    Row("login", "disabled", scenes.login_disabled),
    Row("login", "session ended", scenes.login_after_force_logout),
    Row("password", "forgotten", scenes.forgotten, ("forgotten",), ("accounts/forgotten.html",)),
    Row("password", "set by link", scenes.set_password, ("set-password",), ("accounts/set_password.html",)),
    Row("password", "link gone", scenes.set_password_gone),
    Row("account", "plain", scenes.account, ("account",), ("accounts/account.html", "base.html")),
    Row("account", "refused", scenes.account_refused),
    Row("account", "menu", scenes.account_menu),
    Row("tokens", "none yet", scenes.tokens_none, ("tokens",),
        ("buckets/tokens.html", "buckets/tokens_part.html", "buckets/tokens_list.html", "buckets/token_form.html",
         "buckets/token_choice.html")),
    Row("tokens", "list", scenes.tokens_listed),
    Row("tokens", "just made", scenes.token_made),
    Row("tokens", "refused", scenes.token_refused),
    Row("tokens", "revoking", scenes.token_revoking),
    Row("tokens", "revoked", scenes.token_revoked),
    Row("tokens", "no bucket", scenes.tokens_of_the_unassigned),
    Row("activity", "rows", scenes.activity, ("activity",),
        ("files/activity.html", "files/activity_part.html", "files/activity_rows.html")),
    Row("activity", "rows of an admin", scenes.activity_of_an_admin),
    Row("activity", "filtered", scenes.activity_filtered),
    Row("activity", "nothing yet", scenes.activity_empty),
    Row("activity", "no match", scenes.activity_no_match),
    Row("activity", "refused", scenes.activity_refused),
    Row("home", "cards", scenes.home, ("home",), ("files/buckets.html", "search/box.html")),
    Row("home", "cards of an admin", scenes.home_of_an_admin),
    Row("home", "somebody locked", scenes.home_with_somebody_locked),
    Row("home", "none assigned", scenes.home_of_the_unassigned),
    Row("home", "no bucket yet", scenes.home_without_buckets),
    Row("folder", "list", scenes.folder_list, ("bucket", "browse"), LISTED),
    Row("folder", "grid", scenes.folder_grid),
    Row("folder", "100,000 entries", scenes.folder_thousands),
    Row("folder", "still listing", scenes.folder_still_listing, (), ("files/banners.html",)),
    Row("folder", "empty", scenes.folder_empty, (), ("files/empty.html",)),
    Row("folder", "empty and read only", scenes.folder_empty_read_only),
    Row("folder", "new", scenes.folder_new, ("new-folder",)),
    Row("folder", "unknown", scenes.folder_unknown),
    Row("folder", "gone", scenes.folder_gone),
    Row("folder", "loading", scenes.folder_skeleton, (), ("files/skeleton.html",)),
    Row("folder", "refused", scenes.folder_refused),
    Row("folder", "refused, to an admin", scenes.folder_refused_for_an_admin),
    Row("folder", "unreachable", scenes.folder_unreachable),
    Row("folder", "last known listing", scenes.folder_last_known),
    Row("folder", "forbidden", scenes.folder_forbidden),
    Row("folder", "odd names", scenes.folder_odd_names),
    Row("folder", "archived", scenes.folder_archived),
    Row("folder", "no match", scenes.folder_no_match),
    Row("folder", "order", scenes.folder_order_menu),
    Row("folder", "actions", scenes.folder_entry_menu, (), ("files/entry_menu.html",)),
    Row("folder", "selection", scenes.folder_selection),
    Row("folder", "dropping", scenes.folder_drop),
    Row("folder", "new folder", scenes.new_folder_dialog, (),
        ("files/new_folder_dialog.html", "files/new_folder_form.html")),
    Row("folder", "new folder refused", scenes.new_folder_refused),
    Row("folder", "keys", scenes.keys_dialog, (), ("files/keys.html",)),
    Row("folder", "delete", scenes.delete_dialog, ("delete-plan",), ("files/delete_dialog.html",)),
    Row("folder", "not all deleted", scenes.delete_outcome, (), ("files/delete_outcome.html",)),
    Row("folder", "links", scenes.links_dialog, ("links",), ("files/links_dialog.html",)),
    Row("folder", "toast", scenes.toast),
    Row("search", "not begun", search_scenes.start, ("search",), SEARCH),
    Row("search", "no bucket", search_scenes.unassigned),
    Row("search", "under 3 characters", search_scenes.short),
    Row("search", "over 1,000 characters", search_scenes.long),
    Row("search", "looking", search_scenes.looking),
    Row("search", "searching", search_scenes.searching),
    Row("search", "list", search_scenes.as_list),
    Row("search", "grid", search_scenes.as_grid),
    Row("search", "filtered", search_scenes.filtered),
    Row("search", "nothing found", search_scenes.nothing),
    Row("search", "some failed", search_scenes.some_failed),
    Row("search", "failed", search_scenes.failed),
    Row("search", "stopped", search_scenes.stopped),
    Row("search", "thousands", search_scenes.thousands),
    Row("search", "connection lost", search_scenes.lost),
    Row("search", "not connected", search_scenes.unconnected),
    Row("search", "brought back", search_scenes.kept),
    Row("search", "selection", search_scenes.selection),
    Row("search", "actions", search_scenes.menu),
    Row("search", "keys", search_scenes.keys, (), ("search/keys.html",)),
    Row("search", "preview", search_scenes.preview),
    Row("preview", "image", scenes.preview_image, (), PREVIEW),
    Row("preview", "video", scenes.preview_video),
    Row("preview", "audio", scenes.preview_audio),
    Row("preview", "PDF", scenes.preview_pdf),
    Row("preview", "text", scenes.preview_read("Press%20kit/Press%20release.txt")),
    Row("preview", "code", scenes.preview_read("script.py")),
    Row("preview", "Markdown", scenes.preview_read("Notes.md")),
    Row("preview", "CSV", scenes.preview_read("People.csv")),
    Row("preview", "HTML as text", scenes.preview_read("page.html")),
    Row("preview", "no preview", scenes.preview_state("unknown.xyz", "type"), (), ("files/preview_download.html",)),
    Row("preview", "archived", scenes.preview_state("Masters/reel%2001.mp4", "archived")),
    Row("preview", "broken image", scenes.preview_state("broken.png", "broken")),
    Row("preview", "empty", scenes.preview_state("empty.txt", "empty")),
    Row("preview", "gone", scenes.preview_state("never-there.txt", "gone")),
    Row("preview", "over its folder", scenes.preview_over_its_folder),
    Row("tray", "uploading", scenes.uploading, ("upload-prepare",), ("files/tray.html",)),
    Row("tray", "uploaded", scenes.uploaded),
    Row("tray", "too large", scenes.upload_refused),
    Row("tray", "failed", scenes.upload_failed),
    Row("tray", "network lost", scenes.upload_offline),
    Row("tray", "conflicts", scenes.upload_conflicts, (), ("files/conflicts.html", "files/tray_answer.html")),
    Row("tray", "folded", scenes.upload_folded),
    Row("reference", "whole", scenes.reference, ("reference",), ("reference/docs.html",)),
    Row("reference", "a call", scenes.reference_of_a_call, within="#listFiles"),
    Row("reference", "found", scenes.reference_found),
    Row("reference", "nothing found", scenes.reference_without_a_match),
    Row("errors", "not found", scenes.not_found, (), ("errors/error.html",)),
    Row("errors", "not found, to a stranger", scenes.not_found_for_strangers),
    Row("errors", "bad request", scenes.bad_request),
    Row("errors", "stale form", scenes.stale_form),
    Row("errors", "our mistake", scenes.server_error),
    Row("errors", "unavailable", scenes.unavailable),
    Row("admin", "index", scenes.admin(""), ("admin:index",), ("admin/index.html", "admin/index_card.html")),
    Row("admin", "buckets", scenes.admin("buckets/bucket/"), ("admin:buckets_bucket_changelist",)),
    Row("admin", "new bucket", scenes.admin("buckets/bucket/add/"), ("admin:buckets_bucket_add",)),
    Row("admin", "new bucket refused", scenes.admin_bucket_refused),
    Row("admin", "bucket", scenes.admin("buckets/bucket/{press}/change/"), ("admin:buckets_bucket_change",),
        ("admin/acts.html", "admin/post_button.html")),
    Row("admin", "connection works", scenes.admin_test, ("admin:buckets_bucket_test",), ("admin/buckets/test.html",)),
    Row("admin", "wrong key", scenes.admin_test_of_a_wrong_key),
    Row("admin", "CORS", scenes.admin_cors, ("admin:buckets_bucket_cors",), ("admin/buckets/cors.html",)),
    Row("admin", "people", scenes.admin("accounts/user/"), ("admin:accounts_user_changelist",)),
    Row("admin", "new person", scenes.admin("accounts/user/add/"), ("admin:accounts_user_add",)),
    Row("admin", "person", scenes.admin("accounts/user/{mark}/change/"), ("admin:accounts_user_change",)),
    Row("admin", "password link", scenes.admin_password_link, ("admin:accounts_user_link",),
        ("admin/accounts/password_link.html",)),
    Row("admin", "tokens", scenes.admin_tokens, ("admin:accounts_personaltoken_changelist",)),
    Row("admin", "token", scenes.admin_token, ("admin:accounts_personaltoken_change",)),
    Row("admin", "audit log", scenes.admin("accounts/auditentry/"), ("admin:accounts_auditentry_changelist",),
        ("admin/accounts/audit_exports.html",)),
    Row("admin", "AWS keys", scenes.admin_aws_keys, ("admin:restore_awskey_changelist",)),
    Row("admin", "new AWS key", scenes.admin("restore/awskey/add/"), ("admin:restore_awskey_add",)),
    Row("admin", "restores", scenes.admin_restores, ("admin:restore_restorerequest_changelist",)),
]  # fmt: skip
