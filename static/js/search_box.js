// The search box of a page: `/` leads to it, Escape away from it, and it follows the folder that is open.

const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const box = () => document.getElementById("search-q");

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.key !== "/") return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog[open], .menu:popover-open")) return;
  event.preventDefault();
  box().focus();
  box().select();
}

export function installSearchBox() {
  if (!box()) return;
  document.addEventListener("keydown", onKey);
  document.addEventListener("mb:folder-shown", ({ detail }) => {
    const place = document.querySelector('#search-box [name="in"]');
    if (place) place.value = `${detail.code}/${detail.path}`;
  });
  // Nothing typed is nothing to look for.
  document.getElementById("search-box")?.addEventListener("submit", (event) => {
    if (!box().value.trim()) event.preventDefault();
  });
}
