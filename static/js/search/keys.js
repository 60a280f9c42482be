// Clicks and keys on hits, as in a folder: the name opens, the row selects; letters act only while the focus is in the list.

import { openDialog } from "../dialog.js";
import { focusFirst } from "../menu.js";
import { act, open, prepareMenu } from "./acting.js";
import { all, anchorAt, clear, only, range, selected, toggle } from "./choosing.js";

const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const GAP = 4;
let list = null;
let page = null;

const rowAt = (event) => event.target.closest?.("#entries > .entry");

function onClick(event) {
  const button = event.target.closest?.("#finder [data-do], #hit-menu [data-do], #export-menu [data-do], #finder-more [data-do]");
  if (button) {
    if (!page.does(button.dataset.do)) act(button.dataset.do, button);
    return;
  }
  const row = rowAt(event);
  if (event.button !== 0 || !row || event.target.closest("button")) return;
  onRow(event, list.entryOf(row));
}

function onRow(event, entry) {
  const link = event.target.closest("a");
  const isTouch = event.pointerType === "touch";
  const isCommand = event.ctrlKey || event.metaKey;
  if (link?.classList.contains("hit-folder") && !isCommand && !event.shiftKey) {
    event.preventDefault();
    page.leave(entry);
    return;
  }
  list.focus(entry);
  if (!entry.path) event.preventDefault();
  else if (event.target.closest(".checkbox")) event.shiftKey ? range(entry, { keep: true }) : toggle(entry);
  else if (event.shiftKey) {
    event.preventDefault();
    getSelection()?.removeAllRanges();
    anchorAt(entry);
    range(entry, { keep: isCommand });
  } else if (isCommand || (isTouch && selected().length)) {
    event.preventDefault();
    toggle(entry);
  } else if (link || isTouch) {
    if (event.altKey) return;
    event.preventDefault();
    open(entry);
  } else only(entry);
}

function onContextMenu(event) {
  const row = rowAt(event);
  const entry = row && list.entryOf(row);
  if (!entry?.path || event.shiftKey || event.target.closest("a, button, input")) return;
  event.preventDefault();
  if (event.pointerType === "touch") toggle(entry);
  else openMenu(entry, event);
}

function openMenu(entry, at = null) {
  prepareMenu(entry);
  const box = list.rowOf(entry).getBoundingClientRect();
  const menu = document.getElementById("hit-menu");
  menu.dataset.placed = "";
  menu.showPopover();
  const [left, top] = at ? [at.clientX, at.clientY] : [box.left + 48, box.bottom];
  menu.style.left = `${Math.max(GAP, Math.min(left, innerWidth - menu.offsetWidth - GAP))}px`;
  menu.style.top = `${Math.max(GAP, Math.min(top, innerHeight - menu.offsetHeight - GAP))}px`;
  focusFirst(menu);
}

function onKey(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open], .menu:popover-open")) return;
  if (event.target.id === "search-q") {
    if (event.key === "ArrowDown" && list.entries.length) {
      event.preventDefault();
      list.focus(list.standing && list.entries.includes(list.standing) ? list.standing : list.entries[0]);
    }
    if (event.key !== "Escape" || !event.target.value) return;
  } else if (event.target.closest?.(TYPING)) return;
  const inList = event.target.closest?.("#entries") || event.target === document.body || event.target.id === "main";
  if (anywhere(event) || (inList && (onArrow(event) || onHit(event)))) event.preventDefault();
}

function anywhere(event) {
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.altKey) return false;
  if (event.key === "Escape") return clear() || page.stop();
  if (event.target.id === "search-q") return false;
  if (isCommand && event.key.toLowerCase() === "a" && !event.shiftKey && list.entries.length) all();
  else if (isCommand) return false;
  else if (event.key === "?") openDialog(document.getElementById("keys-dialog"));
  else return false;
  return true;
}

function onArrow(event) {
  const { entries, metrics } = list;
  if (event.altKey || !entries.length) return false;
  const { across } = metrics;
  const a = Math.max(1, Math.floor(innerHeight / metrics.height) - 3) * across;
  const steps = { ArrowDown: across, ArrowUp: -across, PageDown: a, PageUp: -a, Home: -entries.length, End: entries.length };
  if (across > 1) Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 });
  const step = steps[event.key];
  if (step === undefined) return false;
  const at = entries.indexOf(list.standing);
  const isIn = document.activeElement?.closest("#entries");
  // The first key only shows where one stands.
  const to = at < 0 || (!isIn && Math.abs(step) <= across) ? Math.max(at, 0) : Math.max(0, Math.min(at + step, entries.length - 1));
  if (event.shiftKey && at >= 0) anchorAt(entries[at]);
  list.focus(entries[to]);
  if (event.shiftKey) range(entries[to]);
  return true;
}

function onHit(event) {
  const onControl = event.target.closest?.("a, button, input");
  const entry = list.standing;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.metaKey || event.altKey || (event.ctrlKey && key !== " ")) return false;
  if (key === "Delete") act("delete");
  else if (!entry?.path) return false;
  else if (key === "Enter" && !onControl) open(entry);
  else if (key === " " && !onControl) event.ctrlKey || entry.kind === "folder" ? toggle(entry) : open(entry);
  else if (key === "x") toggle(entry);
  else if (key === "c") act("copy");
  else if (key === "d") act("download");
  else if (key === "g") page.leave(entry);
  else if (key === "ContextMenu" || (key === "F10" && event.shiftKey)) openMenu(entry);
  else return false;
  return true;
}

export function installKeys(givenList, givenPage) {
  list = givenList;
  page = givenPage;
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("contextmenu", onContextMenu);
  document.addEventListener("dblclick", (event) => {
    const row = rowAt(event);
    const entry = row && list.entryOf(row);
    if (entry?.path && !event.target.closest("a, button, input")) open(entry);
  });
  // Before the popover opens by its button, so that it opens for the right hit.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.('[popovertarget="hit-menu"]');
    if (button) prepareMenu(list.entryOf(button.closest(".entry")));
  }, true);
  document.addEventListener("focusin", (event) => {
    const row = rowAt(event);
    const entry = row && list.entryOf(row);
    if (entry && entry !== list.standing) list.focus(entry, { quietly: true });
  });
}

