"""Confinement against an independent oracle, and the table of `docs/security.md` row by row."""

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable
from urllib.parse import unquote
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from buckets import paths
from buckets.connection import Connection
from buckets.paths import (
    KEY_BYTES,
    MAY_BE_UNREACHABLE,
    FolderKey,
    Key,
    Malformed,
    OutOfBounds,
    Reach,
    Rights,
    canonical_root,
    why_unreachable,
)
from tests.buckets import path_oracle as oracle

BUCKET = UUID(int=7)
ROOT = "projects/mark/"


def reach(root: str = ROOT, *, bucket_id: UUID = BUCKET) -> Reach:
    connection = Connection(
        bucket_id=bucket_id,
        bucket_name="press-kit",
        region="eu-central-1",
        endpoint_url="",
        public_endpoint_url="",
        addressing_style="virtual",
        access_key_id="sealed",
        secret_access_key="sealed",
        version=1,
    )
    return Reach(
        connection=connection,
        bucket_code="PRESS_KIT",
        bucket_title="Press kit",
        root=root,
        rights=Rights(),
        size_limit=25 * 1024 * 1024,
    )


# What attackers, browsers and proxies disagree about, and ordinary letters between them.
TOKENS = [
    "..", ".", "/", "/", "/", "\\", "%2e", "%2E", "%252e", "%25", "2e", "%2f", "%5c", "%5C", "%09", "%20", "%00",
    "\t", "\n", "\r", " ", "\x00", "\x1f", "\x7f", "%", "a", "b", "Ä", "…", "．", "marketing", "t-x.png", "?", "#", ";",
    "%c0%ae", "%ff", "\u2028", "\ud800", "😀",
]  # fmt: skip
hostile = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=12).map("".join)
anything = st.one_of(hostile, st.text(max_size=40), st.text(alphabet="./\\%2eE5cfF \t", max_size=24))
roots = st.sampled_from(["", "a/", "projects/mark/", "Ä ö/+ %/x/"])
ordinary_name = st.text(
    alphabet=st.characters(
        codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cs"], exclude_characters="/\\%"
    ),
    min_size=1,
    max_size=40,
).filter(lambda name: name.strip().strip(".") != "")


def attempt(call: Callable[[], object]) -> object:
    """What `call` gives: a key, a root, or the refusal itself."""
    try:
        return call()
    except (OutOfBounds, Malformed) as refusal:
        return refusal


def answer(path: str, root: str = ROOT) -> object:
    """The key, or the kind of refusal."""
    got = attempt(lambda: reach(root).file(path))
    return type(got) if isinstance(got, Exception) else got


class TestAnyPath:
    @settings(max_examples=200, deadline=None)
    @given(anything, roots)
    @example("a%2fb/../../x", "")
    @example(".. ", "")
    @example("a//../../b", "")
    @example("%2\te%2\te/x", "")
    @example("a\\b/../../x", "")
    @example("../projects/mark/x", ROOT)
    def test_an_escape_by_any_reading_is_out_of_bounds_and_nothing_else_is(
        self, path: str, root: str
    ) -> None:
        escaped = self.escapes(path)
        assert (answer(path, root) is OutOfBounds) == escaped

    @settings(max_examples=150, deadline=None)
    @given(anything, roots)
    def test_what_is_accepted_is_the_root_and_the_path_as_typed(self, path: str, root: str) -> None:
        key = answer(path, root)
        assume(isinstance(key, Key))
        assert isinstance(key, Key)
        assert key.text == root + path
        assert reach(root).path_of(key) == path

    @settings(max_examples=200, deadline=None)
    @given(anything)
    def test_what_is_accepted_reads_the_same_for_every_reader(self, path: str) -> None:
        assume(isinstance(answer(path), Key))
        assert not oracle.escapes(path)
        assert not oracle.is_moved_by_a_reader(path)
        assert "" not in path.split("/")
        path.encode()

    @settings(max_examples=200, deadline=None)
    @given(anything, roots)
    def test_folders_and_files_are_judged_alike(self, path: str, root: str) -> None:
        bare = path.removesuffix("/")
        assume(bare)
        as_file = answer(bare, root)
        folder = attempt(lambda: reach(root).folder(path))
        if isinstance(as_file, Key):
            assert isinstance(folder, FolderKey)
            assert folder.text == f"{as_file.text}/"
        else:
            assert type(folder) is as_file

    @settings(max_examples=200, deadline=None)
    @given(anything, roots)
    def test_a_full_key_is_judged_by_its_part_below_the_root(self, path: str, root: str) -> None:
        got = attempt(lambda: reach(root).own_key(root + path))
        assert (type(got) if isinstance(got, Exception) else got) == answer(path, root)

    @settings(max_examples=200, deadline=None)
    @given(anything)
    def test_a_name_never_leaves_its_folder(self, name: str) -> None:
        here = reach().folder("2026")
        key = attempt(lambda: reach().child(here, name))
        if isinstance(key, Malformed):
            assert key.field == "filename"
            assert why_unreachable(name) or "/" in name or "too long" in key.reason
            return
        assert isinstance(key, Key)
        assert key.parent == here
        assert key.name == name
        assert not oracle.escapes(name)
        assert why_unreachable(name) is None

    @settings(max_examples=150, deadline=None)
    @given(st.lists(ordinary_name, min_size=1, max_size=4))
    def test_ordinary_names_are_always_accepted(self, names: list[str]) -> None:
        path = "/".join(names)
        assume(len((ROOT + path).encode()) <= KEY_BYTES)
        key = reach().file(path)
        assert key.text == ROOT + path
        assert [folder.text for folder in key.ancestors][-1] == ROOT

    @settings(max_examples=200, deadline=None)
    @given(anything)
    def test_a_root_is_canonical_or_refused(self, text: str) -> None:
        root = attempt(lambda: canonical_root(text))
        if isinstance(root, Malformed):
            assert root.field == "root_path"
            return
        assert isinstance(root, str)
        assert root == "" or (root.endswith("/") and not root.startswith("/") and "//" not in root)
        assert canonical_root(root) == root
        assert reach(root).folder("").text == root

    def escapes(self, path: str) -> bool:
        try:
            return oracle.escapes(path)
        except oracle.TooManyReadings:
            assume(False)
            raise


class TestTheConfinementTable:
    @pytest.mark.parametrize(
        "path", ["../mark-eting/x", "../marketing-secret/x", "../../x", "a/../../mark2/x"]
    )
    def test_a_sibling_that_starts_alike_is_out_of_bounds(self, path: str) -> None:
        assert answer(path) is OutOfBounds

    def test_comparison_is_by_segment_so_a_longer_name_is_outside(self) -> None:
        with pytest.raises(OutOfBounds):
            reach().own_key("projects/marketing-secret/x")
        with pytest.raises(OutOfBounds):
            reach().path_of("projects/marketing/x")

    def test_path_and_root_are_joined_at_the_slash(self) -> None:
        assert reach().file("eting-secret/x").text == "projects/mark/eting-secret/x"

    @pytest.mark.parametrize(
        "path",
        [
            "..", "../", "../x", "a/../../x", "%2e%2e/x", "%2E%2e/x", ".%2e/x", "%252e%252e/x", "%25252e%25252e%25252fx",
            "..\\x", "a\\..\\..\\x", "..%5cx", "..%2fx", ".\t./x", "%2\te%2e/x", ".\n.", "..\r/x", " ..", ".. ", "..\x00",
            "/../x", "//../x", "a//../../x", "./../x", "a/./../../x", "%00/../../x", "../projects/mark/x",
        ],
    )  # fmt: skip
    def test_dot_segments_that_escape_are_a_violation(self, path: str) -> None:
        assert answer(path) is OutOfBounds

    @pytest.mark.parametrize(
        "path",
        [
            "", "/", "/x", "//", "//x", "a//b", "x/", ".", "./x", "a/.", "a/./b", "a/..", "a/../b", "a/%2e%2e/b", "%2e/x",
            "a/.\t./b", "a\\..\\b", "a\\.", "a/.. /b", "x\x00", "x\ty", "\x00", "a\nb", "a\x7fb", "a\x85b", "a\u2028b",
            "a\ud800", "%2e", "a/%252e/b",
        ],
    )  # fmt: skip
    def test_what_is_odd_but_stays_inside_is_malformed(self, path: str) -> None:
        with pytest.raises(Malformed) as refusal:
            reach().file(path, field="files.0.path")
        assert refusal.value.field == "files.0.path"
        assert refusal.value.reason

    @pytest.mark.parametrize(
        "name",
        [
            "a b.txt", "100%.png", "100%25.png", "a#b?c&d=e+f.txt", "it's \"quoted\".md", "😀.png", "Ünïcödé", "trailing.",
            "trailing..", "...", ".hidden", "..hidden", "a..b", "-", "%", "%zz", "%41.txt", "a%2fb.txt", "t-x.png", "~", "*",
            "%c0%ae%c0%ae", "．．", "a\\b", "COM1", "x" * 1000,
        ],
    )  # fmt: skip
    def test_strange_but_honest_names_are_accepted(self, name: str) -> None:
        assert reach().file(name).name == name
        assert reach().file(f"a/{name}/b").text == f"{ROOT}a/{name}/b"
        assert why_unreachable(name) is None

    @pytest.mark.parametrize(
        "name", ["", ".", "..", "%2e%2E", ".\t.", "a\x00", "x\n", "..\\x", "%252e", " .. "]
    )
    def test_an_existing_odd_name_is_listed_with_the_reason(self, name: str) -> None:
        assert why_unreachable(name)

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.sampled_from([*".% \\\t25eEfc09ad", "%2e", "%25"]), max_size=12).map("".join))
    @example("%25" * 40)
    def test_no_odd_name_escapes_the_expression_that_databases_read(self, name: str) -> None:
        assert why_unreachable(name) is None or re.search(MAY_BE_UNREACHABLE, name, re.IGNORECASE)

    @settings(max_examples=150, deadline=None)
    @given(st.from_regex(paths._READ_ALIKE, fullmatch=True))
    def test_what_is_read_once_is_read_alike_by_everybody(self, text: str) -> None:
        assert {unquote(text), paths._as_browsers_read(text)} == {text}

    def test_an_empty_root_reaches_the_whole_bucket_and_no_further(self) -> None:
        assert reach("").file("a/b").text == "a/b"
        assert reach("").folder("").text == ""
        with pytest.raises(OutOfBounds):
            reach("").file("../x")

    @pytest.mark.parametrize(
        "root", ["projects/mark", "/projects/", "a//b/", "../", "a/../b/", "/", " a/", "a/\x00/"]
    )
    def test_a_reach_with_a_root_that_is_not_canonical_cannot_exist(self, root: str) -> None:
        with pytest.raises((ValueError, Malformed)):
            reach(root)

    @pytest.mark.parametrize(
        ("typed", "stored"),
        [("", ""), ("/", ""), ("  ", ""), ("a", "a/"), ("/a/b/", "a/b/"), (" a/b ", "a/b/"), ("a b", "a b/")],
    )
    def test_roots_typed_by_hand_become_canonical(self, typed: str, stored: str) -> None:
        assert canonical_root(typed) == stored

    @pytest.mark.parametrize(
        "typed", ["..", "a/../b", "a//b", "./a", "a/\t./b", "%2e%2e", "a\\..\\b", "x" * 1025]
    )
    def test_roots_that_mean_something_else_are_refused(self, typed: str) -> None:
        with pytest.raises(Malformed) as refusal:
            canonical_root(typed)
        assert refusal.value.field == "root_path"


class TestLength:
    def test_a_key_may_fill_what_s3_stores(self) -> None:
        room = KEY_BYTES - len(ROOT)
        assert len(reach().file("é" * (room // 2)).text.encode()) <= KEY_BYTES

    def test_the_root_counts(self) -> None:
        with pytest.raises(Malformed, match="too long"):
            reach().file("x" * (KEY_BYTES - len(ROOT) + 1))

    def test_bytes_count_and_not_characters(self) -> None:
        with pytest.raises(Malformed, match="too long"):
            reach().file("é" * 600)

    def test_a_path_of_megabytes_is_refused_before_it_is_read(self) -> None:
        with pytest.raises(Malformed) as refusal:
            reach().file("%25" * 1_000_000, field="paths.3")
        assert refusal.value.field == "paths.3"

    @pytest.mark.parametrize("path", ["%" + "25" * 1000 + "2e", "%25" + "25" * 60, "%" + "25" * 40 + "41"])
    def test_escapes_of_escapes_are_refused_soon(self, path: str) -> None:
        with pytest.raises(Malformed, match="percent-encoded"):
            reach().file(path)


class TestKeys:
    def test_only_a_reach_makes_a_key(self) -> None:
        with pytest.raises(TypeError):
            Key("projects/mark/x", BUCKET, ROOT, object())
        with pytest.raises(TypeError):
            FolderKey("", BUCKET, "", None)

    def test_a_key_cannot_be_changed_into_another(self) -> None:
        key = reach().file("x")
        with pytest.raises((TypeError, ValueError)):
            dataclasses.replace(key, text="elsewhere")
        with pytest.raises(dataclasses.FrozenInstanceError):
            key.text = "elsewhere"  # type: ignore[misc]

    def test_a_copy_is_the_same_key(self) -> None:
        key = reach().file("a/x")
        assert copy.copy(key) == pickle.loads(pickle.dumps(key)) == key

    def test_a_key_of_another_bucket_is_out_of_bounds(self) -> None:
        other = reach(bucket_id=uuid4()).file("x")
        with pytest.raises(OutOfBounds):
            reach().path_of(other)

    def test_a_folder_of_another_root_is_out_of_bounds(self) -> None:
        other = reach("projects/rita/").folder("a")
        with pytest.raises(OutOfBounds):
            reach().child(other, "x")

    def test_nothing_leads_above_the_root(self) -> None:
        top = reach().folder("")
        assert top.parent == top
        assert list(top.ancestors) == []
        assert [folder.text for folder in reach().file("a/b/c").ancestors] == [
            f"{ROOT}a/b/",
            f"{ROOT}a/",
            ROOT,
        ]
        assert [folder.text for folder in reach("").folder("a/b").ancestors] == ["a/", ""]

    @pytest.mark.parametrize("path", ["a", "a/", "a/b", "a/b/"])
    def test_a_trailing_slash_is_optional_for_folders(self, path: str) -> None:
        assert reach().folder(path).text == f"{ROOT}{path.removesuffix('/')}/"

    @pytest.mark.parametrize("name", ["a/b", "/", "..", "../x", ""])
    def test_a_new_folder_takes_one_name(self, name: str) -> None:
        with pytest.raises(Malformed) as refusal:
            reach().subfolder(reach().folder(""), name)
        assert refusal.value.field == "name"

    def test_a_full_key_that_is_the_root_itself_names_no_file(self) -> None:
        with pytest.raises(Malformed):
            reach().own_key(ROOT)

    @pytest.mark.parametrize(
        "key", ["", "x", "projects/", "projects/mark", "projects/marko/x", "projects/mark/../rita/x"]
    )
    def test_a_full_key_outside_the_root_is_out_of_bounds(self, key: str) -> None:
        with pytest.raises(OutOfBounds):
            reach().own_key(key)
