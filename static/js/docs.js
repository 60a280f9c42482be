// The reference of the wire: finding a call, and seeing where one is.

const filter = document.querySelector("#docs-filter");
const none = document.querySelector("#docs-none");
const nav = document.querySelector("#docs-nav");
const calls = [...document.querySelectorAll(".docs-call")];

function linkTo(id) {
  return nav.querySelector(`a[href="#${CSS.escape(id)}"]`);
}

function find() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const call of calls) {
    call.hidden = !words.every((word) => call.dataset.words.includes(word));
    linkTo(call.id).parentElement.hidden = call.hidden;
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector(".docs-call:not([hidden]), li:not([hidden])");
  }
  for (const part of document.querySelectorAll("#about, #refusals")) part.hidden = words.length > 0;
  none.hidden = calls.some((call) => !call.hidden);
}

function markWhereOneIs() {
  const top = 160;
  const parts = [...document.querySelectorAll("#about, #refusals, .docs-call")].filter((part) => !part.hidden);
  const here = parts.findLast((part) => part.getBoundingClientRect().top < top) ?? parts[0];
  const link = here && linkTo(here.id);
  const before = nav.querySelector("[aria-current]");
  if (before === link) return;
  before?.removeAttribute("aria-current");
  link?.setAttribute("aria-current", "location");
  link?.scrollIntoView({ block: "nearest" });
}

let waiting = false;
function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    markWhereOneIs();
  });
}

filter.hidden = false;
filter.addEventListener("input", () => {
  find();
  soon();
});
addEventListener("scroll", soon, { passive: true });
addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  filter.focus();
});
// Somebody who follows a link in the list wants to see where it leads. On wide screens the list is no popover.
nav.addEventListener("click", (event) => {
  if (event.target.closest("a") && nav.matches(":popover-open")) nav.hidePopover();
});
if (filter.value) find();
soon();
