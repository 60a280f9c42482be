"""The table of permissions: what each person is answered at each door, reading and writing.

An answer is a status with the error's code (`404 NOT_FOUND`), or with the place a redirect leads to (`302 /login`). A door
without a row, or a row without a door, fails `test_matrix.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.permissions.cast import INSIDE, OUTSIDE

Answers = Mapping[str, str]
Fields = Mapping[str, object]

TO_LOGIN = "302 /login"
SIGN_IN = "401 UNAUTHORIZED"
NO_SUCH = "404 NOT_FOUND"
NO_SUCH_FILE = "404"
"""The page of a file that is gone, before the folder it was in."""
NOT_ALLOWED = "403 FORBIDDEN"
NO_DELETING = "403 DELETE_NOT_ALLOWED"
NOT_THIS_WAY = "405 METHOD_NOT_ALLOWED"


@dataclass(frozen=True)
class Call:
    """One request and what it gets, by person. Words in braces are filled in from the stage."""

    answers: Answers
    fields: Fields | Sequence[Fields] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A door: an address that leads to `route`, and the verbs it knows. Others must be refused to everybody."""

    route: str
    path: str
    calls: Mapping[str, Call]


def split(*, outside: str, inside: str = "", **some: str) -> Answers:
    """Answers by person: `inside` for those with a session unless named in `some`, `outside` for all others."""
    return {**dict.fromkeys(INSIDE, inside), **dict.fromkeys(OUTSIDE, outside), **some}


def read(answers: Answers) -> Call:
    return Call(answers)


def write(answers: Answers, **fields: object) -> Call:
    return Call(answers, fields)


def everybody(answer: str) -> Answers:
    return split(inside=answer, outside=answer)


def in_bucket(route: str, posted: str, reader: str, **fields: object) -> Row:
    """A door below a bucket's `-/`: posted it acts, anything else asks for the file of that name, which isn't there."""
    return Row(
        f"b/<slug:code>/-/{route}",
        f"/b/{{code}}/-/{route}",
        {
            "GET": read(split(inside=NO_SUCH_FILE, unassigned=NO_SUCH, outside=TO_LOGIN)),
            "POST": write(split(inside=posted, reader=reader, unassigned=NO_SUCH, outside=SIGN_IN), **fields),
        },
    )


def admin(route: str, path: str, *, get: str = "200", post: str = "", **fields: object) -> Row:
    """A page of the admin: for administrators alone. An empty answer stands for "not this way"."""
    others = dict.fromkeys(("member", "reader", "unassigned"), "302 /admin/login/")
    return Row(
        f"admin/{route}",
        f"/admin/{path}",
        {
            "GET": read(split(admin=get or NOT_THIS_WAY, outside=TO_LOGIN, **others)),
            "POST": write(split(admin=post or NOT_THIS_WAY, outside=SIGN_IN, **others), **fields),
        },
    )


def model(name: str, word: str, *, changes: bool) -> list[Row]:
    """The pages Django makes for a model; one that nobody changes answers 403 where it would be changed."""
    app = f"{name}/"
    return [
        admin(app, app, post="200"),
        admin(f"{app}add/", f"{app}add/", get="200" if changes else NOT_ALLOWED, post="200" if changes else NOT_ALLOWED),
        admin(f"{app}<path:object_id>/history/", f"{app}{{{word}}}/history/", post="200"),
        admin(f"{app}<path:object_id>/delete/", f"{app}{{{word}}}/delete/",
              get="200" if changes else NOT_ALLOWED, post=f"302 /admin/{app}" if changes else NOT_ALLOWED, confirmed="yes"),
        admin(f"{app}<path:object_id>/change/", f"{app}{{{word}}}/change/", post="200" if changes else NOT_ALLOWED),
        admin(f"{app}<path:object_id>/", f"{app}{{{word}}}/", get=f"302 /admin/{app}{{{word}}}/change/",
              post=f"302 /admin/{app}{{{word}}}/change/"),
    ]  # fmt: skip


UPLOAD = '[{"client_id": "1", "name": "new.txt", "size": 3, "content_type": "text/plain"}]'

PAGES = [
    Row("", "/", {"GET": read(split(inside="200", outside=TO_LOGIN)), "POST": write(split(inside=NOT_THIS_WAY, outside=SIGN_IN))}),
    Row("activity", "/activity", {
        "GET": read(split(inside="200", outside=TO_LOGIN)),
        "POST": write(split(inside=NOT_THIS_WAY, outside=SIGN_IN)),
    }),
    Row("activity/export", "/activity/export", {
        "GET": read(split(inside=NOT_THIS_WAY, outside=TO_LOGIN)),
        "POST": write(split(inside="200", outside=SIGN_IN), format="csv"),
    }),
    *(
        Row(route, f"/{route}?q=report", {
            "GET": read(split(inside="200", outside=TO_LOGIN)),
            "POST": write(split(inside=NOT_THIS_WAY, outside=SIGN_IN)),
        })
        for route in ("search", "search/stored")
    ),
    Row("search/pictures", "/search/pictures", {
        "GET": read(split(inside=NOT_THIS_WAY, outside=TO_LOGIN)),
        "POST": write(split(inside="200", unassigned=NO_SUCH, outside=SIGN_IN), code="PRESS_KIT", paths="Notes.txt"),
    }),
    Row("healthz", "/healthz", {"GET": read(everybody("200"))}),
    Row("setup", "/setup", {"GET": read(everybody(TO_LOGIN)), "POST": write(everybody(TO_LOGIN))}),
    Row("login", "/login", {
        "GET": read(split(inside="302 /", outside="200")),
        "POST": write(everybody("401"), email="uma@example.com", password="not this one"),
    }),
    Row("logout", "/logout", {"GET": read(everybody(NOT_THIS_WAY)), "POST": write(everybody(TO_LOGIN))}),
    Row("forgotten", "/forgotten", {"GET": read(everybody(TO_LOGIN)), "POST": write(everybody(TO_LOGIN))}),
    Row("account", "/account", {
        "GET": read(split(inside="200", outside=TO_LOGIN)),
        "POST": write(split(inside="302 /account", outside=SIGN_IN), name="New Name"),
    }),
    Row("account/password", "/account/password", {
        "GET": read(split(inside=NOT_THIS_WAY, outside=TO_LOGIN)),
        "POST": write(split(inside="400", outside=SIGN_IN), current_password="wrong", new_password="short"),
    }),
    Row("account/password/<str:token>", "/account/password/{token}", {
        "GET": read(everybody("200")),
        "POST": write(everybody(TO_LOGIN), new_password="a new and long enough one"),
    }),
    Row("account/sessions/others/end", "/account/sessions/others/end", {
        "GET": read(split(inside=NOT_THIS_WAY, outside=TO_LOGIN)),
        "POST": write(split(inside="302 /account", outside=SIGN_IN)),
    }),
    Row("account/sessions/<uuid:session_id>/end", "/account/sessions/{session}/end", {
        "GET": read(split(inside=NOT_THIS_WAY, outside=TO_LOGIN)),
        "POST": write(split(inside="302 /account", unassigned=TO_LOGIN, outside=SIGN_IN)),
    }),
    Row("account/tokens", "/account/tokens", {
        "GET": read(split(inside="200", outside=TO_LOGIN)),
        "POST": write(split(inside="200", outside=SIGN_IN), name="CI", acts="read", which="all", days="7"),
    }),
    Row("account/tokens/<uuid:token_id>/revoke", "/account/tokens/{personal_token}/revoke", {
        "GET": read(split(inside=NOT_THIS_WAY, outside=TO_LOGIN)),
        "POST": write(split(inside=NO_SUCH, unassigned="302 /account/tokens", outside=SIGN_IN)),
    }),
]  # fmt: skip

FILES = [
    Row("b/<slug:code>/", "/b/{code}/", {
        "GET": read(split(inside="200", unassigned=NO_SUCH, outside=TO_LOGIN)),
        "POST": write(split(inside=NOT_THIS_WAY, outside=SIGN_IN)),
    }),
    Row("b/<slug:code>/<path:path>", "/b/{code}/Notes.txt", {
        "GET": read(split(inside="200", unassigned=NO_SUCH, outside=TO_LOGIN)),
        "POST": write(split(inside=NOT_THIS_WAY, outside=SIGN_IN)),
    }),
    in_bucket("upload/prepare", "200", NOT_ALLOWED, folder="", files=UPLOAD),
    in_bucket("upload/confirm", "200", "200", uploads='[{"id": "00000000-0000-4000-8000-000000000000", "etag": ""}]'),
    in_bucket("upload/cancel", "200", "200", ids='["00000000-0000-4000-8000-000000000000"]'),
    in_bucket("links", "200", "200", paths="Notes.txt"),
    in_bucket("download", "302", "302", path="Notes.txt"),
    in_bucket("open", "302", "302", path="Notes.txt"),
    in_bucket("delete/plan", "200", NO_DELETING, paths="Notes.txt"),
    in_bucket("delete", "302 /b/{code}/", NO_DELETING, paths="Notes.txt"),
    in_bucket("new-folder", "302 /b/{code}/new/", NOT_ALLOWED, folder="", name="new"),
    in_bucket("revalidate", "302 /b/{code}/", "302 /b/{code}/", folder=""),
]  # fmt: skip

ADMIN = [
    admin("", "", post="200"),
    admin("search/", "search/", post="200"),
    Row("admin/login/", "/admin/login/", {
        verb: Call(split(admin=TO_LOGIN, inside=NOT_ALLOWED, outside=TO_LOGIN)) for verb in ("GET", "POST")
    }),
    Row("admin/logout/", "/admin/logout/", {
        "GET": read(split(admin="302 /account", inside="302 /admin/", outside=TO_LOGIN)),
        "POST": write(split(admin="302 /account", inside="302 /admin/", outside=SIGN_IN)),
    }),
    admin("password_change/", "password_change/", get="302 /account", post="302 /account"),
    admin("password_change/done/", "password_change/done/"),
    admin("autocomplete/", "autocomplete/?app_label=buckets&model_name=assignment&field_name=user&term=u"),
    admin("jsi18n/", "jsi18n/"),
    admin("r/<path:content_type_id>/<path:object_id>/", "r/1/1/", get=NO_SUCH, post=NO_SUCH),
    *(
        admin(f"accounts/user/<uuid:user_id>/{act}/", f"accounts/user/{{user}}/{act}/", get="", post=answer)
        for act, answer in (
            ("link", "200"),
            ("force-out", "302 /admin/accounts/user/{user}/change/"),
            ("unlock", "302 /admin/accounts/user/{user}/change/"),
            ("disable", "302 /admin/accounts/user/{user}/change/"),
        )
    ),
    *model("accounts/user", "user", changes=True),
    *(
        admin(f"buckets/bucket/<uuid:bucket_id>/{act}/", f"buckets/bucket/{{bucket}}/{act}/", get="", post=answer)
        for act, answer in (("flush", "302 /admin/buckets/bucket/{bucket}/change/"), ("test", "200"), ("cors", "200"))
    ),
    admin("buckets/bucket/flush/", "buckets/bucket/flush/", get="", post="302 /admin/"),
    *model("buckets/bucket", "bucket", changes=True),
    *model("accounts/auditentry", "entry", changes=False),
    admin("accounts/personaltoken/<uuid:token_id>/revoke/", "accounts/personaltoken/{personal_token}/revoke/", get="",
          post="302 /admin/accounts/personaltoken/"),
    *model("accounts/personaltoken", "personal_token", changes=False),
    *model("restore/awskey", "aws_key", changes=True),
    *model("restore/restorerequest", "request", changes=False),
    admin("^(?P<app_label>accounts|buckets|restore)/$", "accounts/", post="200"),
    admin("(?P<url>.*)$", "nothing/here/", get=NO_SUCH, post=NO_SUCH),
]  # fmt: skip

WIRE = [
    Row("api/auth/setup-status", "/api/auth/setup-status", {"GET": read(everybody("200"))}),
    Row("api/auth/setup", "/api/auth/setup", {
        "POST": write(everybody(NOT_ALLOWED), name="Eve", email="eve@example.com", password="a long enough one"),
    }),
    Row("api/auth/login", "/api/auth/login", {
        "POST": write(everybody(SIGN_IN), email="uma@example.com", password="not this one"),
    }),
    Row("api/auth/refresh", "/api/auth/refresh", {"POST": write(everybody(SIGN_IN))}),
    Row("api/auth/logout", "/api/auth/logout", {"POST": write(everybody("200"))}),
    Row("api/cache/evict", "/api/cache/evict", {"POST": write(everybody("503 UNAVAILABLE"))}),
    Row("api/schema", "/api/schema", {"GET": read(everybody("200"))}),
    Row("api/docs", "/api/docs", {"GET": read(everybody("200"))}),
    Row("api/auth/me", "/api/auth/me", {
        "GET": read(split(inside="200", outside="401 FORCE_LOGGED_OUT", anonymous=SIGN_IN)),
    }),
]  # fmt: skip
OPEN = frozenset(row.route for row in WIRE if row.route != "api/auth/me")
"""Doors of the wire that look at no session, so that no foreign page can act with one: they ask for no form token."""

LOST = "401 FORCE_LOGGED_OUT"


def on_the_wire(inside: str, **some: str) -> Answers:
    """Answers of a door that knows by itself why somebody is out."""
    return split(inside=inside, outside=LOST, anonymous=SIGN_IN, **some)


WIRE_TOKENS = [
    Row("api/auth/tokens", "/api/auth/tokens", {
        "GET": read(on_the_wire("200")),
        "POST": write(on_the_wire("200"), name="CI", operations=["read"], allBuckets=True, expiresInDays=7),
    }),
    Row("api/auth/tokens/<uuid:token_id>", "/api/auth/tokens/{personal_token}", {
        "DELETE": write(on_the_wire(NO_SUCH, unassigned="200")),
    }),
]  # fmt: skip
NAMED = {"bucketId": "{bucket}", "path": "", "filename": "new.txt"}
WIRE_FILES = [
    Row("api/buckets", "/api/buckets", {"GET": read(on_the_wire("200"))}),
    Row("api/buckets/<uuid:bucket_id>/files", "/api/buckets/{bucket}/files", {
        "GET": read(on_the_wire("200", unassigned=NO_SUCH)),
        "DELETE": write(on_the_wire("200", reader=NO_DELETING, unassigned=NO_SUCH), s3Key="team/Notes.txt"),
    }),
    Row("api/buckets/<uuid:bucket_id>/urls", "/api/buckets/{bucket}/urls", {
        "POST": write(on_the_wire("200", unassigned=NO_SUCH), keys=["team/Notes.txt"]),
    }),
    Row("api/upload/presign", "/api/upload/presign", {
        "POST": Call(on_the_wire("200", reader=NOT_ALLOWED, unassigned=NO_SUCH), [{**NAMED, "size": 1, "contentType": ""}]),
    }),
    Row("api/upload/confirm", "/api/upload/confirm", {
        "POST": Call(on_the_wire("200", unassigned=NO_SUCH), [NAMED]),
    }),
]  # fmt: skip

ADMINS_ALONE = dict.fromkeys(("member", "reader", "unassigned"), NOT_ALLOWED)


def wire_admin(route: str, path: str, **calls: Call) -> Row:
    """A door of the wire for administrators; each call says by `answers` what they alone get."""
    return Row(f"api/admin/{route}", f"/api/admin/{path}", calls)


def admins_get(answer: str = "200", **fields: object) -> Call:
    return write(on_the_wire(answer, **ADMINS_ALONE), **fields)


WIRE_ADMIN = [
    wire_admin("users", "users", GET=admins_get(),
               POST=admins_get(name="Eve", email="eve@example.com", password="a long enough one")),
    wire_admin("users/<uuid:user_id>", "users/{user}", PATCH=admins_get(name="Eve"), DELETE=admins_get()),
    wire_admin("audit", "audit", GET=admins_get()),
    wire_admin("buckets", "buckets", GET=admins_get(),
               POST=admins_get(displayName="New", bucketName="new", region="eu-central-1",
                               accessKeyId="AKIANEW", secretAccessKey="new-secret")),
    wire_admin("buckets/<uuid:bucket_id>", "buckets/{bucket}", PATCH=admins_get(displayName="Renamed"), DELETE=admins_get()),
    wire_admin("cache", "cache", DELETE=admins_get()),
    wire_admin("assignments", "assignments", GET=admins_get()),
    wire_admin("aws-keys", "aws-keys", GET=admins_get(), POST=admins_get(accessKeyId="AKIANEWONE", email="a@example.com")),
    wire_admin("aws-keys/<uuid:key_id>", "aws-keys/{aws_key}", DELETE=admins_get()),
    wire_admin("restore-requests", "restore-requests", GET=admins_get()),
    wire_admin("assign", "assign", POST=admins_get(userId="{user}", bucketId="{bucket}"),
               PATCH=admins_get(NO_SUCH, userId="{user}", bucketId="{bucket}"),
               DELETE=admins_get(NO_SUCH, userId="{user}", bucketId="{bucket}")),
]  # fmt: skip

ROWS: list[Row] = [*PAGES, *FILES, *ADMIN, *WIRE, *WIRE_TOKENS, *WIRE_FILES, *WIRE_ADMIN]
SOCKETS: Mapping[str, tuple[str, Answers]] = {
    "ws/page": ("/ws/page", split(inside="open", outside="closed with 4401")),
    "ws/search": ("/ws/search", split(inside="open", outside="closed with 4401")),
    # Everybody is let in for the one message that says who they are; `tests/search/test_wire_socket.py` has what follows.
    "api/buckets/<str:bucket_id>/search": ("/api/buckets/nowhere/search", everybody("open")),
    "": ("/ws/nothing", everybody("refused")),
}
"""By route: an address, and what each person's connection gets there."""
