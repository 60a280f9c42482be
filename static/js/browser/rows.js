// Rows: which one the keyboard stands on, and pictures that could not be loaded.

import { rowOf, rows } from "./place.js";

let standing = "";

const controls = (row) => row.querySelectorAll("a, button, input");

/** Only the row one stands on, and what is in it, is reached by Tab. */
function stand(row) {
  for (const other of rows()) {
    const isHere = other === row;
    if (!isHere && other.dataset.tame && other.tabIndex < 0) continue;
    other.dataset.tame = "yes";
    other.tabIndex = isHere ? 0 : -1;
    for (const control of controls(other)) control.tabIndex = isHere ? 0 : -1;
  }
  standing = row?.dataset.path || row?.id || "";
}

/** The row one stands on: the focused one, else the last that was, else the first. */
export function standingRow() {
  return document.activeElement?.closest?.(".entry") ?? rowOf(standing) ?? document.getElementById(standing) ?? rows()[0] ?? null;
}

/** The path of the row that has the focus; empty when it is elsewhere. */
export function focusedPath() {
  return document.activeElement?.closest?.(".entry")?.dataset.path ?? "";
}

/** Makes `row` the one to stand on, and unless `quietly` gives it the focus. */
export function focusRow(row, { quietly = false, scroll = false } = {}) {
  stand(row);
  if (quietly) return;
  row.focus({ preventScroll: true });
  if (scroll) row.scrollIntoView({ block: "nearest" });
}

/** After rows were drawn: one of them can be reached. */
export function tame() {
  const row = rowOf(standing) ?? document.getElementById(standing) ?? rows()[0];
  for (const other of rows()) delete other.dataset.tame;
  if (row) stand(row);
}

function onBrokenImage(event) {
  const image = event.target;
  if (!image.matches?.("img.thumb")) return;
  const instead = image.parentElement.querySelector("template");
  if (instead) image.replaceWith(instead.content.cloneNode(true));
}

export function installRows() {
  document.addEventListener("error", onBrokenImage, true);
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(".entry");
    if (row && row.tabIndex < 0) stand(row);
  });
  document.addEventListener("mb:folder-shown", tame);
  // Pictures that failed before this module ran told nobody.
  for (const image of document.querySelectorAll("img.thumb")) {
    if (image.complete && !image.naturalWidth && image.currentSrc) onBrokenImage({ target: image });
  }
}
