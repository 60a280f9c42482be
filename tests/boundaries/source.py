"""The product's own source, read without running it: what each module is, imports, and says.

Every rule under `tests/boundaries/` is a function of a tree, so that it can be shown to bite: once on the product, where
it finds nothing, and once on a copy with a violation planted.
"""

import ast
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
APPS = ("accounts", "buckets", "files", "search", "restore")
PACKAGES = (*APPS, "mediabridge", "launcher", "lambdas")

DOORS = frozenset(
    [
        "views",
        "forms",
        "urls",
        "api",
        "serializers",
        "descriptions",
        "admin",
        "tasks",
        "consumers",
        "middleware",
        "templatetags",
        "authentication",
        "apps",
        "context",
    ]
)
"""What a module is called that speaks to the world outside: pages, wire, sockets, tasks, the admin. Commands are doors, too."""


@dataclass(frozen=True)
class Module:
    """One Python file of the tree below `root`."""

    root: Path
    path: Path

    @cached_property
    def name(self) -> str:
        """The dotted name, such as `files.views`."""
        parts = self.path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def app(self) -> str:
        return self.name.partition(".")[0]

    @property
    def is_door(self) -> bool:
        return door_kind(self.name) is not None

    @property
    def is_domain(self) -> bool:
        """Whether this module holds rules: in an app, and no door."""
        return self.app in APPS and not self.is_door

    @cached_property
    def tree(self) -> ast.Module:
        return _parsed(self.path.read_text())

    @property
    def nodes(self) -> list[ast.AST]:
        """All of the tree's nodes, those above first."""
        return _walked(self.tree)

    @cached_property
    def imports(self) -> dict[str, int]:
        """Every dotted name this module imports, in functions too, with its line; `from a import b` gives `a.b`."""
        found: dict[str, int] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found.update({alias.name: node.lineno for alias in node.names})
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                found.update({f"{base}.{alias.name}": node.lineno for alias in node.names})
        return found

    def imports_of(self, *packages: str) -> Iterator[tuple[str, int]]:
        """The imports that lie in one of `packages`, each with its line."""
        for name, line in self.imports.items():
            if any(name == package or name.startswith(f"{package}.") for package in packages):
                yield name, line

    def at(self, node: ast.AST | int) -> str:
        """`file:line`, as violations are reported."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 0)
        return f"{self.path.relative_to(self.root)}:{line}"

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        depth = node.level if self.path.name != "__init__.py" else node.level - 1
        base = self.name.split(".")[: -depth or None]
        return ".".join([*base, *([node.module] if node.module else [])])


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def _walked(tree: ast.Module) -> list[ast.AST]:
    return list(ast.walk(tree))


@cache
def door_kind(name: str) -> str | None:
    """Which kind of door the module `name` is, None when it is none. `files.upload_views` counts as `views`."""
    parts = name.split(".")
    if "management" in parts:
        return "commands"
    for part in parts[1:]:
        kind = part.rpartition("_")[2]
        if kind in DOORS:
            return kind
    return None


def modules(root: Path = REPO) -> list[Module]:
    """Every module of the product below `root`; migrations are Django's own and left out."""
    return list(_product()) if root == REPO else _modules_below(root)


@cache
def _product() -> tuple[Module, ...]:
    """The product itself does not change while its rules are tried: each module is read once for all of them."""
    return tuple(_modules_below(REPO))


def _modules_below(root: Path) -> list[Module]:
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    return [
        Module(root, path) for path in (*paths, *root.glob("manage.py")) if "migrations" not in path.parts
    ]


def copy_of_the_product(to: Path, *, only: str | None = None) -> Path:
    """A copy of the product's Python files below `to`, or of the one file `only`, for planting violations."""
    for module in modules():
        if only not in (None, str(module.path.relative_to(REPO))):
            continue
        target = to / module.path.relative_to(REPO)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(module.path, target)
    return to


def plant(root: Path, file: str, code: str) -> None:
    """Appends `code` to `file` of the copy at `root`, making the file where there is none."""
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.parent / "__init__.py").exists():
        (path.parent / "__init__.py").touch()
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}\n{code}\n")
