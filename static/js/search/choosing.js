// What is selected among the hits, as in a desktop file manager. It outlives rows that scroll out of the page.

import { announce } from "../announce.js";
import { count, size } from "../upload/words.js";

const chosen = new Set();
let anchor = null;
let list = null;

export const isChosen = (entry) => chosen.has(entry);
/** What is selected, in the order it is shown. */
export const selected = () => list.entries.filter((entry) => chosen.has(entry));

export function only(entry) {
  chosen.clear();
  toggle(entry);
}

export function toggle(entry) {
  if (!entry.path) return;
  if (!chosen.delete(entry)) chosen.add(entry);
  anchor = entry;
  render();
}

/** Selects from where one began to `entry`; with `keep` what was selected stays. */
export function range(entry, { keep = false } = {}) {
  const from = list.entries.indexOf(anchor);
  if (from < 0) {
    only(entry);
    return;
  }
  const to = list.entries.indexOf(entry);
  if (!keep) chosen.clear();
  for (const other of list.entries.slice(Math.min(from, to), Math.max(from, to) + 1)) if (other.path) chosen.add(other);
  render();
}

export function anchorAt(entry) {
  if (!anchor || !chosen.size) anchor = entry;
}

export function all() {
  for (const entry of list.entries) if (entry.path) chosen.add(entry);
  render();
}

export function clear() {
  if (!chosen.size) return false;
  chosen.clear();
  render();
  return true;
}

/** After another search, or when entries are gone: only what is still there stays selected. */
export function reckon() {
  if (!chosen.size) {
    renderBar();
    return;
  }
  const there = new Set(list.entries);
  for (const entry of chosen) if (!there.has(entry)) chosen.delete(entry);
  if (!there.has(anchor)) anchor = null;
  render({ quietly: true });
}

function render({ quietly = false } = {}) {
  for (const [entry, row] of list.drawn) {
    row.setAttribute("aria-selected", String(chosen.has(entry)));
    const box = row.querySelector(".checkbox");
    if (box) box.checked = chosen.has(entry);
  }
  renderBar();
  if (!quietly) announce(chosen.size ? `${count(chosen.size)} selected, ${weight()}` : "Nothing selected");
}

export function renderBar() {
  const box = document.getElementById("select-all");
  box.checked = chosen.size > 0 && chosen.size >= list.entries.length;
  box.indeterminate = chosen.size > 0 && !box.checked;
  document.getElementById("listing").toggleAttribute("data-selecting", chosen.size > 0);
  const bar = document.getElementById("selection-bar");
  bar.hidden = chosen.size === 0;
  if (bar.hidden) return;
  bar.querySelector("[data-count]").textContent = count(chosen.size);
  bar.querySelector("[data-size]").textContent = `· ${weight()}`;
  const files = [...chosen].filter((entry) => entry.kind === "file");
  bar.querySelector("[data-label]").textContent = files.length === 1 ? "Copy URL" : "Copy URLs";
  enable(bar, "copy", files.length, "Folders have no URL: choose files.");
  const why = files.length ? "Archived files must be restored first." : "Folders can't be downloaded: choose files.";
  enable(bar, "download", files.some((entry) => !entry.archived), why);
  enable(bar, "delete", [...chosen].some((entry) => entry.bucket.mayDelete), "You may not delete files in these buckets.");
}

function enable(bar, name, possible, why) {
  const button = bar.querySelector(`[data-do="${name}"]`);
  button.disabled = !possible;
  button.title = possible ? "" : why;
}

function weight() {
  const folders = [...chosen].filter((entry) => entry.kind === "folder").length;
  const bytes = [...chosen].reduce((sum, entry) => sum + (entry.size ?? 0), 0);
  const said = folders === 1 ? "a folder" : `${count(folders)} folders`;
  if (folders === chosen.size) return said;
  return size(bytes) + (folders ? ` and ${said}` : "");
}

export function installChoosing(given) {
  list = given;
  document.getElementById("select-all").addEventListener("change", ({ target }) => {
    if (target.checked) all();
    else clear();
  });
}
