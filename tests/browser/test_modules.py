"""The page's modules that reckon and parse, run where they live: in a browser."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser

from tests.browser.live import Live

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def run(browser: Browser, live: Live) -> Iterator[Run]:
    """Evaluates `(module, argument) => …` with a module below static/js, all in one page."""
    context = browser.new_context(base_url=live.url)
    page = context.new_page()
    page.goto("/healthz")

    def evaluated(module: str, expression: str, argument: object = None) -> Any:
        script = f"async ([module, argument]) => {{ const m = await import(module); return ({expression})(m, argument); }}"
        return page.evaluate(script, [f"/static/js/{module}", argument])

    yield evaluated
    context.close()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        ("a", [["a"]]),
        ("a,b\n", [["a", "b"]]),
        ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
        ("a,b\rc,d", [["a", "b"], ["c", "d"]]),
        ("a,", [["a", ""]]),
        (",", [["", ""]]),
        ("a,,c\n", [["a", "", "c"]]),
        ("a\n\nb\n", [["a"], [""], ["b"]]),
        ('"a,b",c', [["a,b", "c"]]),
        ('"a ""b""",c', [['a "b"', "c"]]),
        ('"two\nlines",c\n', [["two\nlines", "c"]]),
        ('"open to the end,c\n', [["open to the end,c\n"]]),
        ('"a"b,c', [["ab", "c"]]),
        ('a"b,c', [['a"b', "c"]]),
    ],
)
def test_reads_csv_as_the_rfc_says_and_forgives_the_rest(run: Run, text: str, rows: list[list[str]]) -> None:
    assert run("preview/csv.js", "(m, text) => m.parse(text).rows", text) == rows


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a;b;c\n1,5;2;3\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a,b\n1,2\n", ","),
        ("alone\n", ","),
    ],
)
def test_finds_the_separator(run: Run, text: str, separator: str) -> None:
    assert run("preview/csv.js", "(m, text) => m.separatorOf(text)", text) == separator


def test_stops_after_as_many_rows_as_wanted(run: Run) -> None:
    found = run("preview/csv.js", "(m, text) => m.parse(text, {most: 2})", "a\nb\nc\n")
    assert found == {"rows": [["a"], ["b"]], "isWhole": False}
    assert run("preview/csv.js", "(m, text) => m.parse(text, {most: 2}).isWhole", "a\nb\n") is True


@pytest.mark.parametrize(
    ("text", "language", "kind", "found"),
    [
        ("x = 1 # one", "python", "comment", ["# one"]),
        ("url = 'http://x' // y", "c", "comment", ["// y"]),
        ("'a // b'", "c", "comment", []),
        ("/* open", "c", "comment", ["/* open"]),
        ("if iffy", "c", "keyword", ["if"]),
        ("constructor toString", "c", "keyword", []),
        ("SELECT a FROM b", "sql", "keyword", ["SELECT", "FROM"]),
        ("<p class='x'>", "markup", "keyword", ["<p"]),
        ("0xff 1e3 v2", "c", "number", ["0xff", "1e3"]),
        ("if", "klingon", "keyword", []),
    ],
)
def test_colours_words_by_what_they_are(
    run: Run, text: str, language: str, kind: str, found: list[str]
) -> None:
    expression = (
        "(m, [text, language, kind]) => m.tokens(text, language)[kind].map(([a, b]) => text.slice(a, b))"
    )
    assert run("preview/code.js", expression, [text, language, kind]) == found


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 1000])
def test_sums_up_a_file_as_everybody_does(run: Run, size: int) -> None:
    body = bytes(n * 7 % 256 for n in range(size))
    found = run("upload/md5.js", "(m, bytes) => m.md5(new Blob([new Uint8Array(bytes)]))", list(body))
    assert found == hashlib.md5(body).hexdigest()


def test_sums_up_a_file_longer_than_one_slice(run: Run) -> None:
    found = run("upload/md5.js", "(m, size) => m.md5(new Blob([new Uint8Array(size)]))", 9_000_001)
    assert found == hashlib.md5(bytes(9_000_001)).hexdigest()


@pytest.mark.parametrize(
    ("bytes_", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.0 KB"),
        (26_214_400, "25.0 MB"),
        (5 * 1024**3, "5.0 GB"),
    ],
)
def test_says_sizes_as_the_server_does(run: Run, bytes_: int, said: str) -> None:
    assert run("upload/words.js", "(m, bytes) => m.size(bytes)", bytes_) == said.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "almost done"), (12.1, "13 s left"), (61, "2 min left"), (3700, "1 h 2 min left")],
)
def test_says_how_long_it_takes(run: Run, seconds: float, said: str) -> None:
    assert (
        run("upload/words.js", "(m, seconds) => m.timeLeft(seconds)", seconds).replace("\u00a0", " ") == said
    )


def test_averages_the_speed_of_the_last_seconds(run: Run) -> None:
    steady = """m => { const pace = new m.Pace(); for (let t = 0; t <= 10000; t += 500) pace.add(500, t);
      return [pace.speed(10000), pace.secondsLeft(2000, 10000), pace.speed(30000)]; }"""
    assert run("upload/pace.js", steady) == [1000, 2, 0]


def test_knows_no_speed_in_the_beginning(run: Run) -> None:
    expression = (
        "m => { const pace = new m.Pace(); pace.add(5000, 0); pace.add(5000, 10); return pace.speed(20); }"
    )
    assert run("upload/pace.js", expression) == 0


@pytest.mark.parametrize(
    ("name", "said", "media_type"),
    [
        ("a.csv", "", "text/csv"),
        ("a.png", "image/png", "image/png"),
        ("a.txt", "text/plain; charset=utf-8", "text/plain"),
        ("a.unknown", "", "application/octet-stream"),
        ("constructor", "", "application/octet-stream"),
        ("a.md", "", "text/markdown"),
    ],
)
def test_names_a_media_type_where_the_browser_knows_none(
    run: Run, name: str, said: str, media_type: str
) -> None:
    expression = "(m, [name, type]) => m.typeOf({name, type})"
    assert run("upload/types.js", expression, [name, said]) == media_type


def test_goes_on_confirming_after_something_unexpected(run: Run) -> None:
    expression = """async m => {
      let asked = 0;
      const states = [];
      const ledger = { progress() {}, turn(item, state) { item.state = state; } };
      const doorsOf = () => { asked += 1; throw new Error("unexpected"); };
      const confirmer = new m.Confirmer({ ledger, doorsOf, met() {} });
      for (const id of ["1", "2"]) {
        const item = { target: { code: "A" }, signed: { id }, stored: { etag: "" }, size: 1, tries: 0 };
        confirmer.take(item);
        for (let n = 0; n < 50 && item.state === "finishing"; n += 1) await new Promise(done => setTimeout(done, 50));
        states.push(item.state);
      }
      return [asked, states];
    }"""
    assert run("upload/confirmer.js", expression) == [2, ["failed", "failed"]]


def test_confirms_while_others_keep_arriving(run: Run) -> None:
    expression = """async m => {
      let asked = 0;
      const ledger = { progress() {}, turn(item, state) { item.state = state; } };
      const doorsOf = () => { asked += 1; return { confirm: "/nowhere" }; };
      const confirmer = new m.Confirmer({ ledger, doorsOf, met() {} });
      document.body.insertAdjacentHTML("beforeend", "<div id=upload-answers></div>");
      window.htmx = { ajax: () => new Promise(() => {}) };
      for (let n = 0; n < 20; n += 1) {
        confirmer.take({ target: { code: "A" }, signed: { id: String(n) }, stored: { etag: "" }, size: 1, tries: 0 });
        await new Promise(done => setTimeout(done, 30));
      }
      return asked;
    }"""
    assert run("upload/confirmer.js", expression) == 1


@pytest.mark.parametrize(
    ("typed", "folder", "name", "found"),
    [
        ("har", "a/", "Harbour harp", [[], [[0, 3], [8, 11]]]),
        ("strasse", "", "Große STRAẞE.txt", [[], [[6, 12]]]),
        ("café", "", "my cafe\u0301s", [[], [[3, 8]]]),
        ("cafe", "", "my café", [[], []]),
        ("otos/har", "My Photos/", "Harbour", [[[5, 10]], [[0, 3]]]),
        ("photos/", "a/", "My Photos", [[], [[3, 9]]]),
        ("σας", "", "ΣΑΣ 😀", [[], [[0, 3]]]),
        (".*(", "", "a.*(b", [[], [[1, 4]]]),
        ("hour golden", "", "Golden-Hour hour", [[], [[0, 6], [7, 11], [12, 16]]]),
        ("olden gold", "", "Golden gold", [[], [[0, 6], [7, 11]]]),
        ("1 - 2", "", "part 1 - 2", [[], [[5, 10]]]),
        ("a/my plan", "a/", "my plan", [[[0, 2]], [[0, 7]]]),
    ],
)
def test_finds_the_match_in_folder_and_name(
    run: Run, typed: str, folder: str, name: str, found: list[list[int]]
) -> None:
    expression = """(m, [typed, folder, name]) => {
      const needle = m.needleOf(typed);
      return [m.inFolder(folder, needle), m.inName(name, needle)];
    }"""
    assert run("search/matching.js", expression, [typed, folder, name]) == found


def test_offers_one_choice_for_names_that_were_found_taken_in_several_parts(run: Run) -> None:
    part = render_to_string(
        "files/conflicts.html",
        {
            "conflicts": [
                {"client_id": "a", "name": "a.txt", "in_batch": True, "keep_both_name": "a (2).txt"}
            ],
            "may_overwrite": True,
        },
    )
    answers = run(
        "upload/conflicts.js",
        """async (m, parts) => {
          const dialogs = parts.map(part => new DOMParser().parseFromString(part, 'text/html').querySelector('dialog'));
          const asked = m.ask(dialogs);
          await new Promise(shown => setTimeout(shown));
          const all = document.querySelector('#conflict-all');
          if (all.closest('[hidden]')) throw new Error('No choice for all is shown.');
          all.value = 'skip';
          all.dispatchEvent(new Event('change', {bubbles: true}));
          document.querySelector('#upload-conflicts').close('go');
          return [...await asked];
        }""",
        [part, part.replace('data-client="a"', 'data-client="b"')],
    )
    assert answers == [["a", "skip"], ["b", "skip"]]
