// Clicks: the name opens, the row selects; on a touch screen the row opens until something is selected.

import { act } from "./actions.js";
import { openMenu } from "./menu.js";
import { open } from "./opening.js";
import { entryOf, folder } from "./place.js";
import { go } from "./navigation.js";
import { focusRow } from "./rows.js";
import { anchorAt, clear, selectOnly, selectRange, selected, toggle } from "./selection.js";

const plain = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

function onClick(event) {
  if (event.button !== 0 || !folder()?.contains(event.target)) return;
  const row = event.target.closest(".entry");
  if (row) onRow(event, row);
  else onFrame(event);
}

function onFrame(event) {
  const link = event.target.closest("a[data-folder]");
  if (link && plain(event)) {
    event.preventDefault();
    go(link.getAttribute("href"), { focus: folder().dataset.path });
  } else if (!event.target.closest("a, button, input, select, label, .selection-bar, .banner, .empty")) {
    clear();
  }
}

function onRow(event, row) {
  if (event.target.closest("button")) return;
  focusRow(row);
  const link = event.target.closest("a");
  const isTouch = event.pointerType === "touch";
  if (!entryOf(row)) {
    event.preventDefault();
  } else if (event.target.closest(".checkbox")) {
    if (event.shiftKey) selectRange(row, { keep: true });
    else toggle(row);
  } else if (event.shiftKey) {
    event.preventDefault();
    getSelection()?.removeAllRanges();
    anchorAt(row);
    selectRange(row, { keep: event.ctrlKey || event.metaKey });
  } else if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    toggle(row);
  } else if (isTouch && selected().length) {
    event.preventDefault();
    toggle(row);
  } else if (link || isTouch) {
    if (event.altKey) return;
    event.preventDefault();
    open(row);
  } else {
    selectOnly(row);
  }
}

function onDoubleClick(event) {
  const row = event.target.closest?.(".entry");
  if (row && entryOf(row) && !event.target.closest("a, button, input")) open(row);
}

// A long press on a touch screen arrives as a context menu.
function onContextMenu(event) {
  const row = event.target.closest?.("#entries > .entry");
  if (!row || !entryOf(row) || event.shiftKey || event.target.closest("a, button, input")) return;
  event.preventDefault();
  if (event.pointerType === "touch") toggle(row);
  else openMenu(row, event);
}

function onDo(event) {
  const button = event.target.closest?.("#folder [data-do], #entry-menu [data-do]");
  if (button) act(button.dataset.do, { button });
}

export function installPointer() {
  document.addEventListener("click", onClick);
  document.addEventListener("click", onDo);
  document.addEventListener("dblclick", onDoubleClick);
  document.addEventListener("contextmenu", onContextMenu);
}
