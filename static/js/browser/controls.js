// The toolbar: grid or list (remembered in a cookie, so that the server draws the right one at once), type filter, new folder.

import { go } from "./navigation.js";
import { folder } from "./place.js";

const A_YEAR = 365 * 24 * 3600;

function setView(view) {
  document.cookie = `view=${view}; path=/; max-age=${A_YEAR}; samesite=lax`;
  const skeleton = document.getElementById("skeleton").content.querySelector(".listing");
  for (const listing of [document.getElementById("listing"), skeleton]) if (listing) listing.dataset.view = view;
  for (const button of document.querySelectorAll("[data-set-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.setView === view));
  }
  // The end of the list may have come into sight without any scrolling; who waits for it listens to that.
  dispatchEvent(new Event("scroll"));
}

function filter(form) {
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  // Who chooses by the arrow keys is not through with the first kind that is passed.
  go(form.getAttribute("action") + (asked.size ? `?${asked}` : ""), { control: "type-filter" });
}

function prepareNewFolder() {
  const form = document.getElementById("new-folder-form");
  if (form) form.elements.folder.value = folder().dataset.path;
}

function onNewFolderClosed() {
  const form = document.getElementById("new-folder-form");
  form.reset();
  prepareNewFolder();
  for (const error of form.querySelectorAll(".field-error")) error.remove();
}

export function installControls() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-set-view]");
    if (button) setView(button.dataset.setView);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "type-filter") filter(event.target.form);
  });
  document.addEventListener("mb:folder-shown", prepareNewFolder);
  document.addEventListener("mb:go", () => document.getElementById("new-folder-dialog")?.close());
  document.getElementById("new-folder-dialog")?.addEventListener("close", onNewFolderClosed);
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A form that says what is wrong with it comes back with 422.
    if (event.detail.xhr.status !== 422) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "new-folder-form") event.target.elements.name.focus();
  });
}
