// The menu of one row, shared by all rows.

import { focusFirst } from "../menu.js";
import { entryOf, rowOf } from "./place.js";
import { focusRow } from "./rows.js";

const GAP = 4;
let subject = "";

const menu = () => document.getElementById("entry-menu");

/** The row the open menu is about. */
export function menuRow() {
  return menu()?.matches(":popover-open") || subject ? rowOf(subject) : null;
}

/** Opens the menu of `row` where the pointer is, or at the row itself. */
export function openMenu(row, at = null) {
  prepare(row);
  const box = row.getBoundingClientRect();
  const list = menu();
  list.dataset.placed = "";
  list.showPopover();
  const left = at ? at.clientX : box.left + 48;
  const top = at ? at.clientY : box.bottom;
  list.style.left = `${Math.max(GAP, Math.min(left, innerWidth - list.offsetWidth - GAP))}px`;
  list.style.top = `${Math.max(GAP, Math.min(top, innerHeight - list.offsetHeight - GAP))}px`;
  focusFirst(list);
}

function prepare(row) {
  const entry = entryOf(row);
  subject = entry.path;
  focusRow(row, { quietly: true });
  const list = menu();
  list.setAttribute("aria-label", `Actions for ${entry.name}`);
  list.querySelector("[data-label]").textContent = entry.kind === "folder" ? "Open" : "Preview";
  for (const item of list.querySelectorAll('[data-for="file"]')) item.hidden = entry.kind === "folder";
  const download = list.querySelector('[data-do="download"]');
  download.disabled = entry.archived;
  download.title = entry.archived ? "Archived files must be restored first." : "";
}

export function installMenu() {
  // Before the popover opens by its button, so that it opens for the right row.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.('[popovertarget="entry-menu"]');
    if (button) prepare(button.closest(".entry"));
  }, true);
  menu()?.addEventListener("toggle", (event) => {
    if (event.newState === "open") return;
    const row = rowOf(subject);
    // Items act on what the menu was about after it closed.
    setTimeout(() => {
      if (!menu().matches(":popover-open")) subject = "";
    });
    if (row && (document.activeElement === document.body || menu().contains(document.activeElement))) focusRow(row);
  });
}
