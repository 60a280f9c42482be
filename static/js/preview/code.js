// Text with line numbers. Colours come from the browser's own highlights over one text node: no markup, nothing to escape.

const COLOURED_CHARACTERS = 200_000;
const KEYWORDS = {
  c: "abstract as async await bool boolean break case catch char class const continue default delete do double else enum export extends extern false final finally float fn for from func function go if impl implements import in int interface let long match mod mut new nil null package private protected pub public return self short static string struct super switch this throw true try type typeof undefined union unsafe use using var void volatile where while with yield",
  python: "and as assert async await begin break case class continue def del do elif else end ensure except False finally for from global if import in is lambda match module None nonlocal not or pass raise require rescue return self True try unless when while with yield",
  shell: "case do done elif else esac export fi for function if in local return then until while true false yes no null",
  json: "true false null",
  sql: "add all alter and as asc begin between by case cast column commit constraint create default delete desc distinct drop else end exists false foreign from full function group having if in index inner insert into is join key left like limit local not null offset on or order outer primary references return right rollback select set table then true union unique update using values view when where with",
  markup: "",
};
const STRING = `"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'|\`(?:[^\`\\\\]|\\\\.)*\``;
const COMMENTS = {
  c: "\\/\\/[^\\n]*|\\/\\*[\\s\\S]*?(?:\\*\\/|$)",
  python: '#[^\\n]*|"""[\\s\\S]*?(?:"""|$)',
  shell: "(?<![^\\s])#[^\\n]*",
  json: "(?!)",
  sql: "--[^\\n]*|\\/\\*[\\s\\S]*?(?:\\*\\/|$)",
  markup: "<!--[\\s\\S]*?(?:-->|$)",
};
const WORD = "[A-Za-z_$][\\w$]*";
const NUMBER = "\\b(?:0x[\\da-fA-F]+|\\d[\\d_]*(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)\\b";
const TAG = "<\\/?[A-Za-z][\\w:.-]*";

export function drawCode(text, { language }) {
  const element = document.createElement("div");
  element.className = "code";
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const numbers = document.createElement("pre");
  numbers.className = "code-numbers";
  numbers.setAttribute("aria-hidden", "true");
  numbers.textContent = Array.from({ length: Math.max(1, lines) }, (_, index) => index + 1).join("\n");
  const body = document.createElement("pre");
  const code = document.createElement("code");
  code.textContent = text;
  body.append(code);
  element.append(numbers, body);
  colour(code.firstChild, language);
  return element;
}

/** Ranges by what they are: {comment, string, number, keyword}, each a list of [start, end]. */
export function tokens(text, language) {
  const found = { comment: [], string: [], number: [], keyword: [] };
  if (!Object.hasOwn(COMMENTS, language)) return found;
  const keywords = new Set(KEYWORDS[language].split(" "));
  const isMarkup = language === "markup";
  const pattern = new RegExp(`(${COMMENTS[language]})|(${STRING})|(${isMarkup ? TAG : NUMBER})|(${WORD})`, "g");
  const words = language === "sql" ? (word) => word.toLowerCase() : (word) => word;
  for (const match of text.matchAll(pattern)) {
    const range = [match.index, match.index + match[0].length];
    if (match[1] !== undefined) found.comment.push(range);
    else if (match[2] !== undefined) found.string.push(range);
    else if (match[3] !== undefined) found[isMarkup ? "keyword" : "number"].push(range);
    else if (keywords.has(words(match[4]))) found.keyword.push(range);
  }
  return found;
}

function colour(node, language) {
  if (!globalThis.Highlight || !CSS.highlights) return;
  clearColours();
  if (!node || node.length > COLOURED_CHARACTERS) return;
  for (const [kind, places] of Object.entries(tokens(node.data, language))) {
    const ranges = places.map(([start, end]) => {
      const range = new StaticRange({ startContainer: node, startOffset: start, endContainer: node, endOffset: end });
      return range;
    });
    if (ranges.length) CSS.highlights.set(`code-${kind}`, new Highlight(...ranges));
  }
}

export function clearColours() {
  if (globalThis.CSS?.highlights) for (const kind of ["comment", "string", "number", "keyword"]) CSS.highlights.delete(`code-${kind}`);
}
