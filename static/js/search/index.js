// The search page: the form asks, the line answers, the list shows.

import { count } from "../upload/words.js";
import { installActing, placeOf } from "./acting.js";
import { asked, drawChips, fill, hasFilters, hrefOf } from "./address.js";
import { installChoosing, isChosen, reckon } from "./choosing.js";
import { MOST } from "./found.js";
import { keep, kept } from "./keeping.js";
import { installKeys } from "./keys.js";
import { List } from "./list.js";
import { lengthOf, needleOf } from "./matching.js";
import { buckets, hideProgress, installProgress, Progress } from "./progress.js";
import { picture } from "./pictures.js";
import { rowOf } from "./row.js";
import { begin, forget, installRunning, isRunning, now, retry, stop } from "./running.js";

const FEWEST = 3;
const LONGEST = 1_000;
const PAUSE = 400;
const A_YEAR = 365 * 24 * 3600;
const element = (id) => document.getElementById(id);
const form = element("finder-form");
const listing = element("listing");
let timer = 0;
let shownFor = null;
// The address of the search that is shown: a preview over it has one of its own.
let address = "";

const list = new List(element("entries"), element("hit-ruler"), (entry) =>
  rowOf(entry, { needle: now.needle, isChosen: isChosen(entry), isStanding: entry === list.standing }),
);

list.onDrawn = picture;

/** What clicks and keys may ask of the page. */
const page = {
  remember,
  stop: () => stop(),
  everything: () => [...now.found.shown, ...now.found.pending],
  leave(entry) {
    remember();
    location.assign(placeOf(entry));
  },
  remove(isGone) {
    const at = list.entries.indexOf(list.standing);
    const hadFocus = !document.activeElement || document.activeElement === document.body || document.activeElement.closest("#entries, dialog, #main");
    now.found.remove(isGone);
    draw({ anew: true });
    const next = list.entries[Math.min(at, list.entries.length - 1)];
    if (next && hadFocus && !document.querySelector("dialog[open]")) list.focus(next);
    else if (next) list.focus(next, { quietly: true });
    now.progress?.draw();
    if (!now.found.size) settle();
  },
  does(name) {
    const does = DOES[name];
    does?.();
    return Boolean(does);
  },
};

const DOES = {
  again: () => look(),
  retry: () => retry(now.progress.failed),
  merge: () => merge(),
  everywhere: () => choose("where", "all"),
  "no-filters": () => {
    for (const field of form.querySelectorAll("[data-filter]")) field.value = "";
    look({ push: true });
  },
};

function choose(name, value) {
  const field = form.elements[name];
  if (field) field.value = value;
  look({ push: true });
}

/** Looks for what the form says now. Typing replaces the address of the search it goes on with; a choice is one of its own. */
function look({ push = false } = {}) {
  clearTimeout(timer);
  const told = asked();
  const href = hrefOf(told);
  if (href !== location.pathname + location.search) history[push ? "pushState" : "replaceState"]({ mb: "search" }, "", href);
  address = href;
  document.title = `${told.q ? `${told.q} · ` : ""}Search · MediaBridge`;
  drawChips(onChipDropped);
  note();
  scrollTo({ top: 0, behavior: "instant" });
  if (!buckets.size || !canBeSought(told.q ?? "")) {
    forget();
    hideProgress();
    draw({ anew: true });
    settle();
    return;
  }
  begin();
  draw({ anew: true });
  settle();
}

function canBeSought(text) {
  return lengthOf(text) >= FEWEST && [...text].length <= LONGEST;
}

function onChipDropped(field) {
  look({ push: true });
  field.focus();
}

function onTyped() {
  clearTimeout(timer);
  timer = setTimeout(() => look(), PAUSE);
}

/** Draws what is found so far. With `anew` it is another list. */
function draw({ anew = false } = {}) {
  const { found } = now;
  listing.hidden = !found.shown.length;
  listing.setAttribute("aria-rowcount", String(found.size + 1));
  list.show(found.shown, { anew });
  if (anew) {
    reckon();
    if (!list.entries.includes(list.standing)) list.standing = list.entries[0] ?? null;
  }
  list.standing ??= list.entries[0] ?? null;
  const more = element("finder-more");
  more.hidden = !found.pending.length;
  more.querySelector("[data-text]").textContent = `${count(found.pending.length)} more: sort them in`;
  say(found.size ? "" : stateNow());
  shownFor = now.number;
}

function merge() {
  const { standing } = list;
  now.found.merge();
  draw({ anew: true });
  if (standing) list.focus(standing, { quietly: true });
}

function stateNow() {
  const told = asked();
  if (!buckets.size) return "unassigned";
  if (!told.q?.trim()) return "start";
  if (lengthOf(told.q) < FEWEST) return "short";
  if (!canBeSought(told.q)) return "long";
  if (isRunning()) return "looking";
  if (now.progress && now.progress.failed.length === now.progress.of.size) return "failed";
  return "nothing";
}

/** Shows one of the designed states; none where there are hits. */
function say(state) {
  const place = element("finder-say");
  if (place.dataset.state === state && state !== "failed") {
    if (state !== "nothing" || place.dataset.q === now.text) return;
  }
  place.dataset.state = state;
  place.dataset.q = now.text;
  place.replaceChildren();
  if (!state) return;
  const drawn = document.querySelector(`template[data-state="${state}"]`).content.cloneNode(true);
  const text = drawn.querySelector("[data-text]");
  if (state === "failed") text.textContent = now.progress.of.get(now.progress.failed[0])?.why ?? "";
  if (state === "nothing") {
    drawn.querySelector("[data-q]").textContent = now.text;
    text.textContent = whyNothing();
    drawn.querySelector('[data-do="no-filters"]').hidden = !hasFilters();
    drawn.querySelector('[data-do="everywhere"]').hidden = !form.elements.where || form.elements.where.value === "all";
  }
  place.append(drawn);
}

function whyNothing() {
  if (now.progress?.phase === "stopped") return "You stopped the search before it was through.";
  if (now.progress?.failed.length) return "Not everything could be searched.";
  if (["unconnected", "lost"].includes(now.progress?.phase)) return "That is all MediaBridge can say without the search connection.";
  return hasFilters() ? "No name with these letters is of the kind you filter by." : "No file and no folder has exactly these letters in its name, one after the other. Fewer may find it.";
}

/** Puts a note above the list, or takes it away. */
function note(name = "", fill = () => {}) {
  const place = element("finder-notes");
  place.replaceChildren();
  if (!name) return;
  const drawn = document.querySelector(`template[data-note="${name}"]`).content.cloneNode(true);
  fill((selector) => drawn.querySelector(selector));
  place.append(drawn);
}

function settle() {
  say(now.found.size ? "" : stateNow());
}

function ended(phase) {
  draw();
  settle();
  const { failed } = now.progress;
  if (phase === "unconnected") note("unconnected");
  else if (phase === "lost") note("lost");
  else if (phase === "full") note("many", (find) => (find("[data-count]").textContent = count(MOST)));
  else if (failed.length && failed.length < now.progress.of.size) {
    note("incomplete", (find) => {
      const named = failed.map((id) => buckets.get(id).title);
      find("[data-title]").textContent = named.length === 1 ? `“${named[0]}” could not be searched` : `${named.length} buckets could not be searched`;
      const why = [...new Set(failed.map((id) => now.progress.of.get(id).why))].join(" ");
      find("[data-text]").textContent = `${named.length > 1 ? `${named.slice(0, 5).join(", ")}${named.length > 5 ? " …" : ""}. ` : ""}${why} What was found elsewhere is below.`;
    });
  }
}

function setView(view) {
  document.cookie = `view=${view}; path=/; max-age=${A_YEAR}; samesite=lax`;
  listing.dataset.view = view;
  element("hit-ruler").dataset.view = view;
  for (const button of document.querySelectorAll("[data-set-view]")) button.setAttribute("aria-pressed", String(button.dataset.setView === view));
  list.measure();
}

/** Keeps what is found for coming back. */
function remember() {
  if (!now.progress || !now.found.size) return;
  if (history.state?.mb === "preview") return;
  keep({
    entries: now.found.shown,
    order: now.found.order,
    phase: isRunning() ? "stopped" : now.progress.phase,
    failed: now.progress.failed,
    scroll: scrollY,
    focus: list.standing?.key ?? "",
  });
}

/** What was found then, and what not, for a list that was brought back. */
function saidOf({ at, isCut, phase, failed }) {
  const names = failed.filter((id) => buckets.has(id)).map((id) => `“${buckets.get(id).title}”`);
  return [
    `This is what was found at ${new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(at)}.`,
    isCut ? "It was too much to be kept whole." : "",
    ["done", "kept"].includes(phase) ? "" : "The search had not come to its end.",
    names.length ? `${new Intl.ListFormat("en-GB").format(names)} could not be searched.` : "",
  ].filter(Boolean).join(" ");
}

/** Brings back what was found here, at the same place; returns whether there was something. */
function restore() {
  const found = kept();
  if (!found) return false;
  const told = asked();
  forget();
  address = hrefOf(told);
  now.text = told.q;
  now.needle = needleOf(told.q);
  now.found.order = "";
  for (const [id, item] of found.items) if (buckets.has(id)) now.found.add([item], buckets.get(id));
  now.found.order = found.order;
  now.progress = new Progress([...new Set([...found.items.map(([id]) => id), ...found.failed])].filter((id) => buckets.has(id)));
  now.progress.found = now.found;
  for (const { bucket } of now.found.shown) now.progress.of.get(bucket.id).found += 1;
  for (const id of found.failed) now.progress.turn(id, { state: "failed", why: "It could not be searched." });
  now.progress.end("kept");
  note("kept", (find) => (find("[data-text]").textContent = saidOf(found)));
  draw({ anew: true });
  scrollTo({ top: found.scroll, behavior: "instant" });
  const standing = now.found.shown.find((entry) => entry.key === found.focus);
  if (standing) {
    list.standing = standing;
    list.draw();
    list.rowOf(standing)?.focus({ preventScroll: true });
  }
  return true;
}

function onPopState({ state }) {
  if (state?.mb === "preview" || location.pathname + location.search === address) return;
  fill();
  look();
}

function install() {
  if ("scrollRestoration" in history) history.scrollRestoration = "manual";
  installChoosing(list);
  installActing(list, page);
  installKeys(list, page);
  installProgress(retry);
  installRunning({ changed: ({ moved } = {}) => changed(moved), ended });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look({ push: true });
  });
  element("search-q").addEventListener("input", onTyped);
  form.addEventListener("change", ({ target }) => {
    if (target.id === "finder-sort") reorder();
    else if (target.matches("select")) look({ push: true });
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-set-view]");
    if (button) setView(button.dataset.setView);
  });
  element("finder-stop").addEventListener("click", () => {
    stop();
    element("finder-again").focus();
  });
  element("finder-again").addEventListener("click", () => look());
  // The browser gives the focus back to the hit the preview was opened at; the one it was closed at is meant.
  document.addEventListener("mb:preview-closed", ({ detail }) => {
    const entry = list.entries.find(({ href }) => href === detail.href) ?? list.standing;
    if (entry) list.focus(entry);
  });
  addEventListener("popstate", onPopState);
  addEventListener("pagehide", remember);
  element("hit-ruler").dataset.view = listing.dataset.view;
  list.measure();
  drawChips(onChipDropped);
  // Whoever reloads, or comes anew, wants to know what is there now.
  const [came] = performance.getEntriesByType("navigation");
  if (came?.type !== "back_forward" || !restore()) look();
}

function changed(moved) {
  if (moved || shownFor !== now.number || now.found.pending.length || !now.found.size) draw();
}

function reorder() {
  const told = asked();
  address = hrefOf(told);
  history.replaceState(history.state, "", address);
  now.found.sort(told.sort ?? "");
  draw({ anew: true });
}

install();
