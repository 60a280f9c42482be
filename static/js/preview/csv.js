// Rows of comma-separated text (RFC 4180), forgiving what spreadsheets really write.

const SEPARATORS = [",", ";", "\t", "|"];

/** The separator that splits the first lines most evenly. */
export function separatorOf(text) {
  let best = ",";
  let most = 0;
  for (const separator of SEPARATORS) {
    const widths = parse(text, { separator, most: 5 }).rows.map((row) => row.length);
    const width = Math.min(...widths);
    if (width > Math.max(1, most) && widths.every((one) => one === width)) [best, most] = [separator, width];
  }
  return best;
}

/** {rows, isWhole}: at most `most` rows, each a list of fields. A quote inside a field that has begun without one stays. */
export function parse(text, { separator = ",", most = Infinity } = {}) {
  const rows = [];
  let row = [];
  let at = 0;
  while (at < text.length) {
    const field = fieldAt(text, at, separator);
    row.push(field.value);
    at = field.end;
    if (text[at] === separator) {
      at += 1;
      if (at === text.length) row.push("");
      else continue;
    }
    at += text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
    rows.push(row);
    row = [];
    if (rows.length === most && at < text.length) return { rows, isWhole: false };
  }
  if (row.length) rows.push(row);
  return { rows, isWhole: true };
}

function fieldAt(text, start, separator) {
  if (text[start] !== '"') {
    const end = endOfPlain(text, start, separator);
    return { value: text.slice(start, end), end };
  }
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return { value: value + text.slice(at), end: text.length };
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      const end = endOfPlain(text, quote + 1, separator);
      return { value: value + text.slice(quote + 1, end), end };
    }
    value += '"';
    at = quote + 2;
  }
}

function endOfPlain(text, start, separator) {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return end;
}
