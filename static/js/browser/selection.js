// What is selected: paths, so that it outlives a row that is drawn anew. Works as in a desktop file manager.

import { announce } from "../announce.js";
import { count, size } from "../upload/words.js";
import { entries, entryOf, folder, rows } from "./place.js";

const chosen = new Map();
let anchor = "";

export const selected = () => [...chosen.values()];
export const isSelected = (row) => chosen.has(row.dataset.path);

/** Selects `row` alone. */
export function selectOnly(row) {
  chosen.clear();
  add(row);
  anchor = row.dataset.path;
  render();
}

export function toggle(row) {
  if (!chosen.delete(row.dataset.path)) add(row);
  anchor = row.dataset.path;
  render();
}

/** Selects from the last row that was clicked to `row`; with `keep` what was selected stays. */
export function selectRange(row, { keep = false } = {}) {
  const all = rows();
  const from = all.findIndex((other) => other.dataset.path === anchor);
  if (from < 0 || !anchor) {
    selectOnly(row);
    return;
  }
  const to = all.indexOf(row);
  if (!keep) chosen.clear();
  for (const other of all.slice(Math.min(from, to), Math.max(from, to) + 1)) add(other);
  render();
}

/** Sets where a range begins when nothing was clicked yet. */
export function anchorAt(row) {
  if (!anchor || !chosen.size) anchor = row.dataset.path;
}

export function selectAll() {
  for (const row of rows()) add(row);
  render();
}

export function clear() {
  if (!chosen.size) return false;
  chosen.clear();
  render();
  return true;
}

function add(row) {
  const entry = entryOf(row);
  if (entry) chosen.set(entry.path, entry);
}

/** Draws the selection on rows and bar. Unsaid while `quietly`, as after a refresh that changed nothing. */
function render({ quietly = false } = {}) {
  const all = rows();
  for (const row of all) {
    const isChosen = isSelected(row);
    row.setAttribute("aria-selected", String(isChosen));
    const box = row.querySelector(":scope > .is-check > .checkbox");
    if (box) box.checked = isChosen;
  }
  document.getElementById("listing")?.toggleAttribute("data-selecting", chosen.size > 0);
  renderBar(all);
  if (!quietly) announce(chosen.size ? `${count(chosen.size)} selected, ${weight()}` : "Nothing selected");
}

function renderBar(all) {
  const box = document.getElementById("select-all");
  const possible = all.filter((row) => row.dataset.path).length;
  if (box) {
    box.checked = chosen.size > 0 && chosen.size >= possible;
    box.indeterminate = chosen.size > 0 && chosen.size < possible;
  }
  const bar = document.getElementById("selection-bar");
  if (!bar) return;
  bar.hidden = chosen.size === 0;
  bar.querySelector("[data-count]").textContent = count(chosen.size);
  bar.querySelector("[data-size]").textContent = `· ${weight()}`;
  const files = selected().filter((entry) => entry.kind === "file");
  enable(bar.querySelector('[data-do="copy"]'), files.length, "Folders have no URL: choose files.");
  bar.querySelector("[data-label]").textContent = files.length === 1 ? "Copy URL" : "Copy URLs";
  const readable = files.filter((entry) => !entry.archived);
  enable(
    bar.querySelector('[data-do="download"]'),
    readable.length,
    files.length ? "Archived files must be restored first." : "Folders can't be downloaded: choose files.",
  );
}

function enable(button, possible, why) {
  button.disabled = !possible;
  button.title = possible ? "" : why;
}

function weight() {
  const folders = selected().filter((entry) => entry.kind === "folder").length;
  const bytes = selected().reduce((sum, entry) => sum + entry.size, 0);
  if (folders === chosen.size) return folders === 1 ? "a folder" : `${count(folders)} folders`;
  return size(bytes) + (folders ? ` and ${folders === 1 ? "a folder" : `${count(folders)} folders`}` : "");
}

function onShown({ detail }) {
  if (!detail.isRefresh) {
    chosen.clear();
    anchor = "";
  }
  const present = new Set(rows().map((row) => row.dataset.path));
  for (const path of chosen.keys()) if (!present.has(path)) chosen.delete(path);
  render({ quietly: true });
}

export function installSelection() {
  document.addEventListener("mb:folder-shown", onShown);
  document.addEventListener("mb:rows-added", () => render({ quietly: true }));
  document.addEventListener("change", (event) => {
    if (event.target.id !== "select-all") return;
    if (event.target.checked) selectAll();
    else clear();
  });
  if (folder() && entries()) render({ quietly: true });
}
