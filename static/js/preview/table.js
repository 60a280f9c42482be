// CSV as a table: the first row as headings, numbers to the right, row numbers on the left.

import { parse, separatorOf } from "./csv.js";
import { count } from "../upload/words.js";

const NUMBER = /^[+-]?(\d{1,3}([ ,.'’]\d{3})+|\d+)([.,]\d+)?\s?%?$/;
const COLUMNS = 100;

/** {element, note}: `note` says what is left out, or is empty. */
export function drawTable(text, { most, name }) {
  const { rows, isWhole } = parse(text, { separator: separatorOf(text), most: most + 1 });
  const width = Math.max(...rows.map((row) => row.length), 0);
  const shown = Math.min(width, COLUMNS);
  const table = document.createElement("table");
  const caption = table.createCaption();
  caption.className = "sr-only";
  caption.textContent = name;
  const [headings = [], ...body] = rows;
  heading(table.createTHead().insertRow(), headings, shown);
  const numeric = Array.from({ length: shown }, (_, column) => isNumeric(body, column));
  const tbody = table.createTBody();
  for (const [index, row] of body.entries()) draw(tbody.insertRow(), index, row, shown, numeric);
  const element = document.createElement("div");
  element.className = "preview-table";
  element.append(table);
  return { element, note: noteOf({ isWhole, body, width, shown }) };
}

function heading(line, names, shown) {
  line.append(cell("th", "", "is-index"));
  for (let column = 0; column < shown; column += 1) {
    const head = cell("th", names[column] ?? "");
    head.scope = "col";
    line.append(head);
  }
  line.cells[0].setAttribute("aria-label", "Row");
}

function draw(line, index, row, shown, numeric) {
  line.append(cell("td", String(index + 1), "is-index"));
  for (let column = 0; column < shown; column += 1) {
    const field = row[column] ?? "";
    const box = cell("td", field, numeric[column] ? "is-number" : "");
    if (field.length > 40) box.title = field;
    line.append(box);
  }
}

function cell(tag, text, css = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (css) element.className = css;
  return element;
}

function isNumeric(rows, column) {
  const fields = rows.slice(0, 100).map((row) => (row[column] ?? "").trim()).filter(Boolean);
  return fields.length > 0 && fields.every((field) => NUMBER.test(field));
}

function noteOf({ isWhole, body, width, shown }) {
  const parts = [];
  if (!isWhole) parts.push(`the first ${count(body.length)} rows`);
  if (shown < width) parts.push(`the first ${shown} of ${count(width)} columns`);
  return parts.length ? `Shows ${parts.join(" and ")}.` : "";
}
