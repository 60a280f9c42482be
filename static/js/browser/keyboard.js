// The keys. Letters act only while the focus is in the listing, so that nobody who speaks to the page triggers them.

import { openDialog } from "../dialog.js";
import { act } from "./actions.js";
import { openMenu } from "./menu.js";
import { go } from "./navigation.js";
import { open, preview } from "./opening.js";
import { entryOf, folder, rows } from "./place.js";
import { focusRow, standingRow } from "./rows.js";
import { anchorAt, clear, selectAll, selectRange, selected, toggle } from "./selection.js";

const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";

function onKey(event) {
  if (event.defaultPrevented || !folder() || document.querySelector("dialog[open], .menu:popover-open")) return;
  if (event.target.closest?.(TYPING)) return;
  const inListing = event.target.closest?.("#entries") || event.target === document.body || event.target === folder();
  if (onAnywhere(event) || (inListing && (onArrow(event) || onRow(event)))) event.preventDefault();
}

function onAnywhere(event) {
  const command = event.ctrlKey || event.metaKey;
  if (event.altKey) return false;
  if (command && event.key.toLowerCase() === "a" && !event.shiftKey && rows().length) selectAll();
  else if (command) return false;
  else if (event.key === "Escape") return clear();
  else if (event.key === "?") openDialog(document.getElementById("keys-dialog"));
  else return false;
  return true;
}

/** How many rows stand beside each other: one in the list. */
function columns(all) {
  const top = all[0].offsetTop;
  const wrap = all.findIndex((row) => row.offsetTop > top);
  return wrap < 0 ? all.length : wrap;
}

function onArrow(event) {
  if (event.altKey) return false;
  const all = rows();
  if (!all.length) return false;
  const across = columns(all);
  const isGrid = document.getElementById("listing").dataset.view === "grid";
  const steps = { ArrowDown: isGrid ? across : 1, ArrowUp: isGrid ? -across : -1, Home: -all.length, End: all.length };
  if (isGrid) Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 });
  const step = steps[event.key];
  if (step === undefined) return false;
  const from = standingRow();
  // The first key only shows where one stands.
  const isIn = document.activeElement?.closest(".entry");
  const at = all.indexOf(from);
  const beyond = at + step;
  const isEnd = event.key === "Home" || event.key === "End";
  const to = !isIn && !isEnd ? at : beyond >= 0 && beyond < all.length ? beyond : isEnd || !isGrid ? clamp(beyond, all.length) : overEdge(at, step, all.length, across);
  if (event.shiftKey) anchorAt(from);
  focusRow(all[to], { scroll: true });
  if (event.shiftKey) selectRange(all[to]);
  return true;
}

const clamp = (index, length) => Math.max(0, Math.min(index, length - 1));

// In a grid Down from the last row but one leads to the last tile, also where none lies right below.
function overEdge(at, step, length, across) {
  const lastRow = Math.floor((length - 1) / across);
  if (step === across && Math.floor(at / across) < lastRow) return length - 1;
  return Math.abs(step) === 1 ? clamp(at + step, length) : at;
}

function onRow(event) {
  const onControl = event.target.closest?.("a, button, input");
  const row = standingRow();
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.altKey && key === "ArrowUp") return goUp();
  if (event.metaKey || event.altKey || (event.ctrlKey && key !== " ")) return false;
  if (key === "Backspace") return goUp();
  if (key === "Delete") act("delete");
  // What is selected is copied wherever one stands, also on a row of which nothing can be had.
  else if (key === "c" && selected().length) act("copy");
  else if (key === "d" && selected().length) act("download");
  else if (!row || !entryOf(row)) return false;
  else if (key === "Enter" && !onControl) open(row);
  else if (key === " " && !onControl) event.ctrlKey || entryOf(row).kind === "folder" ? toggle(row) : preview(row);
  else if (key === "x") toggle(row);
  else if (key === "c") act("copy");
  else if (key === "d") act("download");
  else if (key === "ContextMenu" || (key === "F10" && event.shiftKey)) openMenu(row);
  else return false;
  return true;
}

function goUp() {
  const { path, parent } = folder().dataset;
  if (!path || !parent) return false;
  go(parent, { focus: path });
  return true;
}

export function installKeyboard() {
  document.addEventListener("keydown", onKey);
  // From the filter and the search box Escape leads back to the files.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !["type-filter", "search-q"].includes(event.target.id)) return;
    const row = standingRow();
    if (row) focusRow(row);
    if (!row && selected().length) clear();
  });
}
