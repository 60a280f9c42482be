// Where in a name and in a folder's path the match lies, whatever its case and however its accents are written.

const LETTER = /\P{M}\p{M}*|\p{M}+/gu;

/** `text` as it is compared. Through capitals, which takes `ß` and `ẞ` for `ss`; and the two small sigmas for one. */
export function folded(text) {
  const apart = text.normalize("NFD").toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFD");
  return apart.replace(/i\u0307+/g, "i").normalize("NFC");
}

const FEWEST = 3;

/**
 * What was typed, taken apart as the server does: `ending` is what the folder's path ends in, null when only names count;
 * `words` are what the name holds, one where a slash was typed.
 */
export function needleOf(text) {
  const needle = folded(text.trim());
  const isFolder = needle.endsWith("/");
  const stem = isFolder ? needle.slice(0, -1) : needle;
  const cut = stem.lastIndexOf("/");
  const name = stem.slice(cut + 1);
  const words = name.split(" ").filter(Boolean);
  const isDivided = cut < 0 && !isFolder && words.some((word) => [...word].length >= FEWEST);
  return { words: isDivided ? words : [name], ending: cut < 0 ? null : stem.slice(0, cut + 1), isFolder };
}

/** How long the typed text is for the server. */
export const lengthOf = (text) => [...text.trim().normalize("NFC")].length;

/** The stretches of a hit's name that match, as [start, end]. */
export function inName(name, needle) {
  const letters = lettersOf(name);
  if (needle.ending !== null) return atStart(letters, needle.words[0]);
  return needle.isFolder ? atEnd(letters, needle.words[0]) : everywhere(letters, needle.words);
}

/** The stretches of its folder's path that match. */
export function inFolder(path, needle) {
  return needle.ending ? atEnd(lettersOf(path), needle.ending.replace(/^\//, "")) : [];
}

/** `text` with its stretches marked. */
export function marked(text, spans) {
  const drawn = document.createDocumentFragment();
  let at = 0;
  for (const [start, end] of spans) {
    drawn.append(text.slice(at, start));
    const mark = document.createElement("mark");
    mark.textContent = text.slice(start, end);
    drawn.append(mark);
    at = end;
  }
  drawn.append(text.slice(at));
  return drawn;
}

function lettersOf(text) {
  const letters = { text: "", starts: [], ends: [] };
  for (const { 0: letter, index } of text.matchAll(LETTER)) {
    const piece = folded(letter);
    letters.text += piece;
    for (let n = 0; n < piece.length; n += 1) {
      letters.starts.push(index);
      letters.ends.push(index + letter.length);
    }
  }
  return letters;
}

const span = (letters, at, length) => [letters.starts[at], letters.ends[at + length - 1]];

function everywhere(letters, words) {
  const spans = [];
  for (const [start, end] of words.flatMap((word) => each(letters, word)).sort((one, other) => one[0] - other[0])) {
    if (spans.length && start < spans.at(-1)[1]) spans.at(-1)[1] = Math.max(end, spans.at(-1)[1]);
    else spans.push([start, end]);
  }
  return spans;
}

function each(letters, word) {
  const spans = [];
  if (!word) return spans;
  for (let at = letters.text.indexOf(word); at >= 0; at = letters.text.indexOf(word, at + word.length)) {
    spans.push(span(letters, at, word.length));
  }
  return spans;
}

function atStart(letters, needle) {
  return needle && letters.text.startsWith(needle) ? [span(letters, 0, needle.length)] : [];
}

function atEnd(letters, needle) {
  return needle && letters.text.endsWith(needle) ? [span(letters, letters.text.length - needle.length, needle.length)] : [];
}
