"""The boundaries of the house as functions: a tree in, the violations out, each `file:line: what is wrong`."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.boundaries.source import APPS, Module, door_kind, modules

COMPOSERS = (
    "mediabridge.urls",
    "mediabridge.api_urls",
    "mediabridge.asgi",
    "mediabridge.sockets",
    "mediabridge.celery",
    "mediabridge.admin",
)
HTTP_AND_FRAMEWORKS = (
    "django.http", "django.shortcuts", "django.views", "django.urls", "django.template", "django.middleware",
    "django.contrib.messages", "django_htmx", "django_ratelimit", "csp", "corsheaders", "rest_framework", "channels", "celery",
)  # fmt: skip
S3_AND_HTTP_CLIENTS = (
    "boto3", "botocore", "s3transfer", "urllib3", "requests", "httpx", "aiohttp", "aioboto3", "aiobotocore",
    "obstore", "http.client", "urllib.request",
)  # fmt: skip
PURE = (
    "accounts.scopes", "files.folding", "search.matching", "buckets.paths", "buckets.scopes", "buckets.connection", "buckets.s3.address", "buckets.s3.signing", "buckets.s3.listing_request",
    "buckets.s3.listing_xml", "buckets.s3.lister.alphabets", "buckets.s3.lister.keyspace", "buckets.s3.lister.ruler", "buckets.s3.lister.plan", "buckets.s3.lister.lookout", "buckets.s3.lister.ranges",
    "buckets.s3.lister.page", "buckets.s3.lister.plain", "buckets.s3.lister.coverage", "buckets.s3.lister.whole_folders",
)  # fmt: skip
CACHE_MODELS = ("Folder", "Entry", "Stretch", "BucketIndex", "StoredUrl", "PendingUpload")
CACHE_WRITERS = (
    "files.cache", "files.storing", "files.writing", "files.copying", "files.bucket_index", "files.moments", "files.models",
)  # fmt: skip
"""The writer and its parts: one folder, many at once, what both write, a bucket as a whole, the order of evictions."""
WRITES = frozenset(
    [
        "save",
        "delete",
        "update",
        "create",
        "bulk_create",
        "bulk_update",
        "get_or_create",
        "update_or_create",
        "asave",
        "adelete",
        "aupdate",
        "acreate",
        "abulk_create",
        "abulk_update",
        "aget_or_create",
        "aupdate_or_create",
        "copy",
    ]
)
REACH_MAKERS = ("buckets.models", "buckets.access", "buckets.doctor")
"""Where a reach comes from. The doctor examines a bucket as such, for nobody, and touches only its own probe."""
CACHE_RELATIONS = frozenset({"entries", "folders", "stretches"})


def doors_are_imported_by_nobody_else(root: Path) -> list[str]:
    """Only urls, asgi, celery and the admin compose doors; inside an app a door may use its own forms, tasks and serializers."""
    return [
        f"{module.at(line)}: {module.name} imports the door {name}"
        for module in modules(root)
        for name, line in module.imports_of(*APPS)
        if (kind := door_kind(name)) and not _may_import_door(module, name, kind)
    ]


def _may_import_door(importer: Module, name: str, kind: str) -> bool:
    if importer.name in COMPOSERS:
        return True
    if importer.app != name.partition(".")[0] or not importer.is_door:
        return False
    own = door_kind(importer.name)
    allowed = {
        "forms": {"views", "admin", "forms", "commands"},
        "serializers": {"api", "serializers", "descriptions"},
        "descriptions": {"api", "descriptions"},
        "tasks": {"views", "api", "admin", "apps", "consumers", "commands", "tasks"},
        "consumers": {"urls", "apps", "consumers"},
        "admin": {"admin"},
        "authentication": {"api", "consumers", "middleware"},
        "views": {"urls"},
        "api": {"urls"},
        "urls": set[str](),
    }
    return own in allowed.get(kind, set())


def domain_speaks_no_http(root: Path) -> list[str]:
    """Values in, exceptions out: no HTTP, DRF, Channels or Celery in a domain module, and nothing of the composing project."""
    return [
        f"{module.at(line)}: {module.name} imports {name}"
        for module in modules(root)
        if module.is_domain
        for name, line in module.imports_of(*HTTP_AND_FRAMEWORKS, "mediabridge")
    ]


def wire_imports_no_app(root: Path) -> list[str]:
    """What the doors of the wire share knows no app: the exceptions of apps it names by where they live."""
    return [
        f"{module.at(line)}: {module.name} imports {name}"
        for module in modules(root)
        if module.name.startswith("mediabridge.wire")
        for name, line in module.imports_of(*APPS)
    ]


def domain_takes_no_request(root: Path) -> list[str]:
    """Only doors read `request`: no domain function takes one. (In the S3 room a request is one to S3.)"""
    return [
        f"{module.at(node)}: {node.name} takes a request"
        for module in modules(root)
        if module.is_domain and not module.name.startswith("buckets.s3")
        for node in _functions(module.tree)
        if any(argument.arg == "request" for argument in _arguments(node))
    ]


def domain_takes_the_time_as_a_value(root: Path) -> list[str]:
    """Domain functions take `now=`; only timestamp fields of models and the S3 room ask the clock."""
    clocks = {"timezone.now", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    return [
        f"{module.at(node)}: {module.name} asks the clock ({ast.unparse(node.func)})"
        for module in modules(root)
        if module.is_domain and not module.name.startswith("buckets.s3") and not _is_models(module)
        for node in _calls(module.tree)
        if ".".join(ast.unparse(node.func).split(".")[-2:]) in clocks
    ]


def s3_is_spoken_in_one_room(root: Path) -> list[str]:
    """S3 SDKs and HTTP clients: in `buckets.s3` (and in the launcher and the Lambdas, which are no part of the product's apps)."""
    return [
        f"{module.at(line)}: {module.name} imports {name}"
        for module in modules(root)
        if not module.name.startswith("buckets.s3") and module.app not in ("launcher", "lambdas")
        for name, line in module.imports_of(*S3_AND_HTTP_CLIENTS)
    ]


def s3_takes_a_reach(root: Path) -> list[str]:
    """Every public function the S3 room offers for files takes a Reach first; there is no other way to a file."""
    rooms = (
        "buckets.s3.links", "buckets.s3.objects", "buckets.s3.lister.folders", "buckets.s3.lister.listing",
    )  # fmt: skip
    return [
        f"{module.at(node)}: {module.name}.{node.name} takes no Reach first"
        for module in modules(root)
        if module.name in rooms
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
        if not _arguments(node) or "Reach" not in _annotation(_arguments(node)[0])
    ]


def pure_imports_no_django(root: Path) -> list[str]:
    """Confinement, signing and parsing know nothing but Python and each other."""
    return [
        f"{module.at(line)}: {module.name} imports {name}"
        for module in modules(root)
        if module.name in PURE
        for name, line in module.imports.items()
        if name.startswith(("django", "structlog")) or _is_impure(name)
    ]


def _is_impure(name: str) -> bool:
    if not name.startswith(APPS):
        return False
    return not any(name.startswith(f"{pure}.") for pure in (*PURE, "buckets.s3.errors"))


def cache_is_the_only_writer(root: Path) -> list[str]:
    """Stored listings, links and pending uploads are written by `files.cache` and its parts alone."""
    found: list[str] = []
    for module in modules(root):
        if module.name in CACHE_WRITERS or not _knows_cache_models(module):
            continue
        names = _local_names(module, [f"files.models.{model}" for model in CACHE_MODELS])
        found += [
            f"{module.at(node)}: {module.name} writes a cached table ({ast.unparse(node.func)})"
            for node in _calls(module.tree)
            if _writes_cache(node, names)
        ]
    return found


def _knows_cache_models(module: Module) -> bool:
    return module.app in ("files", "search") or any(module.imports_of("files.models"))


def _writes_cache(node: ast.Call, names: set[str]) -> bool:
    """A write method at the end of a chain from one of the models or its relations, a saved row, or a row made by hand."""
    chain = _chain(node.func)
    if not chain:
        return False
    last = chain[-1]
    if chain[-1] in names or (len(chain) > 1 and chain[0] == "models" and last in CACHE_MODELS):
        return True
    if last in ("save", "asave"):
        return True
    from_model = chain[0] in names or (chain[0] == "models" and len(chain) > 1 and chain[1] in CACHE_MODELS)
    return last in WRITES and (from_model or bool(CACHE_RELATIONS & set(chain[:-1])))


def only_settings_read_the_environment(root: Path) -> list[str]:
    """`os.environ`, `os.getenv` and environ's readers: in the settings, and in the launcher, which comes before Django."""
    found = []
    for module in modules(root):
        if module.name.startswith("mediabridge.settings") or module.app in ("launcher", "lambdas"):
            continue
        for node in module.nodes:
            text = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""
            if text in ("os.environ", "os.getenv", "os.environb") and not _names_the_settings(module, node):
                found.append(f"{module.at(node)}: {module.name} reads {text}")
        found += [f"{module.at(line)}: {module.name} imports {name}"
                  for name, line in module.imports_of("os.environ", "os.getenv", "environ")]  # fmt: skip
    return found


def _names_the_settings(module: Module, node: ast.AST) -> bool:
    """Entry points say which settings to use before Django is there to be asked: `os.environ.setdefault(...)`."""
    line = module.path.read_text().splitlines()[getattr(node, "lineno", 1) - 1]
    entry = ("manage", "mediabridge.asgi", "mediabridge.celery")
    return module.name in entry and 'os.environ.setdefault("DJANGO_SETTINGS_MODULE"' in line


def models_import_models_and_constants(root: Path) -> list[str]:
    """A models module imports other models, constants, and pure values (`paths`, `connection`, `scopes`), which import nothing.

    Django itself asks a session model for its store, inside a function because the store imports the model.
    """
    values = ("models", "constants", "paths", "connection", "scopes")
    return [
        f"{module.at(line)}: {module.name} imports {name}"
        for module in modules(root)
        if _is_models(module)
        for name, line in module.imports_of(*APPS, "mediabridge", "launcher")
        if name.split(".")[1] not in values
        if (module.name, name) != ("accounts.models", "accounts.session_store.SessionStore")
    ]


def only_paths_makes_keys(root: Path) -> list[str]:
    """No other module builds a Key, reaches for the maker's token, or joins a root and a path."""
    found = []
    for module in modules(root):
        if module.name == "buckets.paths":
            continue
        names = _local_names(module, ["buckets.paths.Key", "buckets.paths.FolderKey"])
        found += [f"{module.at(line)}: {module.name} imports {name}"
                  for name, line in module.imports_of("buckets.paths._MAKER", "buckets.paths._Confined")]  # fmt: skip
        for node in module.nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names | {"_MAKER"}:
                found.append(f"{module.at(node)}: {module.name} makes a key")
            if module.app in APPS and _joins_a_root(node) and not _is_models(module):
                found.append(
                    f"{module.at(node)}: {module.name} joins a root and something ({ast.unparse(node)})"
                )
    return found


def _joins_a_root(node: ast.AST) -> bool:
    parts: Iterable[ast.AST] = ()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = (node.left, node.right)
    elif isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    return any(isinstance(part, ast.Attribute) and part.attr in ("root", "root_path") for part in parts)


def only_buckets_make_reaches(root: Path) -> list[str]:
    """`Bucket.reach` makes a Reach and `buckets.access` hands it out; nobody else builds one or changes its root."""
    found = []
    for module in modules(root):
        names = _local_names(module, ["buckets.paths.Reach"])
        replace = _local_names(module, ["dataclasses.replace"])
        for node in _calls(module.tree):
            called = ast.unparse(node.func)
            if called in names and module.name != "buckets.models":
                found.append(f"{module.at(node)}: {module.name} makes a Reach")
            is_replace = called in replace or called == "dataclasses.replace"
            if is_replace and any(word.arg in ("root", "rights", "connection") for word in node.keywords):
                found.append(f"{module.at(node)}: {module.name} changes a Reach")
            if called.endswith(".reach") and module.name not in REACH_MAKERS:
                found.append(f"{module.at(node)}: {module.name} hands out a Reach itself ({called})")
    return found


def secrets_are_opened_in_one_room(root: Path) -> list[str]:
    """Sealed credentials are opened by `buckets.s3`; only `buckets.credentials` holds the key ring and the cipher."""
    found = []
    for module in modules(root):
        if module.name == "buckets.credentials":
            continue
        if not module.name.startswith("buckets.s3"):
            found += [f"{module.at(line)}: {module.name} imports {name}"
                      for name, line in module.imports_of("buckets.credentials.open_sealed")]  # fmt: skip
            found += [f"{module.at(node)}: {module.name} opens a secret" for node in _calls(module.tree)
                      if ast.unparse(node.func).endswith("credentials.open_sealed")]  # fmt: skip
        if module.app in APPS:
            found += [f"{module.at(line)}: {module.name} imports {name}"
                      for name, line in module.imports_of("cryptography")]  # fmt: skip
            found += [f"{module.at(node)}: {module.name} reads the key ring" for node in module.nodes
                      if isinstance(node, ast.Attribute) and node.attr == "ENCRYPTION_KEYS"]  # fmt: skip
    return found


def no_transaction_spans_an_s3_call(root: Path) -> list[str]:
    """Inside `atomic` nothing of `buckets.s3` is called: a slow store would hold a connection and its locks."""
    found = []
    for module in modules(root):
        s3 = {name.rpartition(".")[2] for name, _ in module.imports_of("buckets.s3")}
        for node in module.nodes:
            if not _is_atomic(node):
                continue
            found += [
                f"{module.at(call)}: {module.name} calls S3 inside a transaction ({ast.unparse(call.func)})"
                for call in _calls(node)
                if (_chain(call.func) or [""])[0] in s3
                and not ast.unparse(call.func).split(".")[-1][0].isupper()
            ]
    return found


def _is_atomic(node: ast.AST) -> bool:
    parts: list[ast.expr] = []
    if isinstance(node, ast.With):
        parts = [item.context_expr for item in node.items]
    elif isinstance(node, ast.FunctionDef):
        parts = node.decorator_list
    return any("atomic" in ast.unparse(part) for part in parts)


def launcher_stands_alone(root: Path) -> list[str]:
    """The launcher starts the product from outside and imports none of it."""
    return [
        f"{module.at(line)}: {module.name} imports {name}"
        for module in modules(root)
        if module.app == "launcher"
        for name, line in module.imports_of("django", "mediabridge", *APPS)
    ]


def _is_models(module: Module) -> bool:
    return module.app in APPS and module.name.split(".")[1:2] == ["models"]


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _annotation(argument: ast.arg) -> str:
    return ast.unparse(argument.annotation) if argument.annotation else ""


def _local_names(module: Module, wanted: list[str]) -> set[str]:
    """What the module calls the things in `wanted`: their own names, or the aliases it gave them."""
    found = set()
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom):
            found |= {
                alias.asname or alias.name for alias in node.names if f"{node.module}.{alias.name}" in wanted
            }
    return found


def _chain(node: ast.expr) -> list[str]:
    """`Entry.objects.filter(...).update` as ["Entry", "objects", "filter", "update"]; what isn't such a chain is []."""
    parts: list[str] = []
    while True:
        match node:
            case ast.Call(func=func):
                node = func
            case ast.Subscript(value=value):
                node = value
            case ast.Attribute(value=value, attr=attr):
                parts.append(attr)
                node = value
            case ast.Name(id=name):
                return [name, *reversed(parts)]
            case _:
                return ["", *reversed(parts)] if parts else []
