// Moving between folders without leaving the page, so that uploads go on. Each folder keeps its own address, and each place
// in the history remembers how far one had scrolled: Back shows as many rows again, at the same height, on the same row.

import { announce } from "../announce.js";
import { folder, rowOf, rows, tell } from "./place.js";
import { focusRow, focusedPath, standingRow } from "./rows.js";

const PATIENCE = 150;
const PAGE = 20;

let address = "";
let coming = null;
let refreshing = "";

const here = () => location.pathname + location.search;

/** Goes to the folder at `target`. `focus` is the path of the row to stand on there; the id of a `control` keeps the focus itself. */
export function go(target, { focus = "", control = "" } = {}) {
  remember();
  fetchFolder({ target, push: true, place: { focus, control } });
}

/** Shows the open folder anew, as it is now: what was scrolled to, selected and focused stays. */
export function refresh() {
  if (coming) return;
  if (refreshing) {
    refreshing = "again";
    return;
  }
  refreshing = "now";
  const done = () => {
    const again = refreshing === "again";
    refreshing = "";
    if (again) refresh();
  };
  // After a deletion its dialog is gone, and with the row the focus: the next row takes it.
  const isHeld = Boolean(document.activeElement?.closest(".entry, dialog"));
  const place = { focus: standingRow()?.dataset.path ?? "", scroll: scrollY, near: rows().indexOf(standingRow()), isHeld };
  const asked = withRows(address, rows().length);
  load(asked, "morph:outerHTML", { place, isRefresh: true }).then(done, done);
}

function fetchFolder(wanted) {
  coming = wanted;
  const skeleton = setTimeout(showSkeleton, PATIENCE);
  const mine = wanted;
  load(withRows(wanted.target, wanted.place.count ?? 0), "outerHTML", wanted).finally(() => {
    clearTimeout(skeleton);
    if (coming !== mine) return;
    coming = null;
    // What came was no folder: an error page, which only the browser itself can show; or nothing, and a toast said why.
    if (!mine.arrived) mine.failed ? giveUp(mine) : location.assign(mine.target);
  });
}

function giveUp({ push, target }) {
  if (push) hideSkeleton();
  else location.assign(target);
}

let underWay = null;

/** Asks for a folder. Only the answer to the latest question is taken; an earlier one may still come, and is dropped. */
async function load(url, swap, wanted) {
  const source = document.createElement("span");
  source.hidden = true;
  document.getElementById("main").append(source);
  underWay = wanted;
  wanted.source = source;
  try {
    await window.htmx.ajax("GET", url, { source, target: "#folder", swap });
  } catch {
    // Nothing answered; a toast has said so.
    wanted.failed = true;
  }
  source.remove();
  if (underWay === wanted) underWay = null;
}

function withRows(target, count) {
  const url = new URL(target, location.href);
  if (count > PAGE) url.searchParams.set("upto", String(count));
  return url.pathname + url.search;
}

function showSkeleton() {
  const section = folder();
  // Somebody in a hurry asked for another folder before the first came.
  if (section.querySelector("[data-skeleton]")) return;
  section.setAttribute("aria-busy", "true");
  for (const part of section.querySelectorAll(":scope > .listing, :scope > .empty, :scope > .banner")) part.hidden = true;
  section.append(document.getElementById("skeleton").content.cloneNode(true));
}

function hideSkeleton() {
  const section = folder();
  section.removeAttribute("aria-busy");
  section.querySelector("[data-skeleton]")?.remove();
  for (const part of section.querySelectorAll(":scope > [hidden]:not(.selection-bar)")) part.hidden = false;
}

/** Notes in the history where one is, before going elsewhere. */
export function remember() {
  if (here() !== address || (history.state && history.state.mb !== "folder")) return;
  const focus = focusedPath() || history.state?.focus || "";
  history.replaceState({ mb: "folder", count: rows().length, scroll: scrollY, focus }, "");
}

function arrived() {
  const wanted = underWay ?? { place: { scroll: scrollY }, isRefresh: true };
  wanted.arrived = true;
  const section = folder();
  if (!wanted.isRefresh) {
    address = wanted.target;
    if (wanted.push) history.pushState({ mb: "folder" }, "", wanted.target);
    document.title = `${section.dataset.title} · MediaBridge`;
  }
  tell("mb:folder-shown", { code: section.dataset.code, path: section.dataset.path, title: section.dataset.title, isRefresh: Boolean(wanted.isRefresh) });
  settle(wanted);
}

function settle({ place, isRefresh, isRestored }) {
  scrollTo({ top: place.scroll ?? 0, behavior: "instant" });
  const all = rows();
  const row = rowOf(place.focus) ?? onTheWayTo(place.focus, all) ?? (isRefresh ? all[Math.min(place.near ?? -1, all.length - 1)] : all[0]);
  const isLost = document.activeElement === document.body || document.activeElement === document.getElementById("main");
  const control = document.getElementById(place.control);
  if (row) focusRow(row, { quietly: Boolean(control) || (isRefresh && !(place.isHeld && isLost) && !isRestored) });
  if (control) control.focus({ preventScroll: true });
  else if (!row && !isRefresh) folder().focus({ preventScroll: true });
  if (!isRefresh) announce(`${folder().dataset.title}. ${all.length ? `${all.length} shown` : folder().querySelector(".empty-title")?.textContent ?? ""}`);
}

/** The folder among `all` that one came up from, however deep. */
function onTheWayTo(path, all) {
  return path ? all.find((row) => row.dataset.kind === "folder" && row.dataset.path && path.startsWith(row.dataset.path)) : undefined;
}

function onPopState({ state }) {
  if (state && state.mb !== "folder") return;
  if (here() === address && !coming) return;
  fetchFolder({ target: here(), push: false, place: state ?? {} });
}

function onBeforeSwap(event) {
  const { target, xhr, requestConfig } = event.detail;
  if (target?.id !== "folder") return;
  if (underWay && requestConfig.elt !== underWay.source) {
    event.detail.shouldSwap = false;
    event.detail.isError = false;
    return;
  }
  event.detail.target = folder();
  // A folder that is gone or refused is a page of its own, which comes with its status.
  const isFolder = event.detail.serverResponse.includes('id="folder"');
  event.detail.shouldSwap = isFolder;
  if (isFolder) event.detail.isError = false;
  else if (underWay) underWay.failed = xhr.getResponseHeader("HX-Reswap") === "none";
}

function onFolderChanged({ detail }) {
  const section = folder();
  if (!section || detail.code !== section.dataset.code) return;
  if (detail.paths.some((path) => path.startsWith(section.dataset.path))) refresh();
}

export function installNavigation() {
  if ("scrollRestoration" in history) history.scrollRestoration = "manual";
  document.addEventListener("htmx:beforeSwap", onBeforeSwap);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "folder") arrived();
  });
  document.addEventListener("mb:folder-changed", onFolderChanged);
  document.addEventListener("mb:go", ({ detail }) => go(detail.href));
  document.addEventListener("mb:preview-closed", ({ detail }) => {
    const row = rowOf(detail.path);
    if (row) focusRow(row);
  });
  addEventListener("popstate", onPopState);
  addEventListener("pagehide", remember);
  let resting = 0;
  addEventListener("scroll", () => {
    clearTimeout(resting);
    resting = setTimeout(remember, 200);
  }, { passive: true });
  begin();
}

/** The page as it came. After a reload, or Back from elsewhere, it is brought to where it was. */
function begin() {
  const section = folder();
  if (!section) return;
  const { state } = history;
  if (state?.mb === "preview" || section.hasAttribute("hx-get")) {
    address = section.dataset.address;
    return;
  }
  address = here();
  tell("mb:folder-shown", { code: section.dataset.code, path: section.dataset.path, title: section.dataset.title, isRefresh: false });
  if (state?.mb !== "folder") history.replaceState({ mb: "folder" }, "");
  else if (state.count > rows().length) load(withRows(address, state.count), "morph:outerHTML", { place: state, isRefresh: true, isRestored: true });
  else if (state.scroll) settle({ place: state, isRefresh: true, isRestored: true });
  if (state?.mb !== "folder") leadTo(section.dataset.show);
}

/** Somebody was led here, to this entry. */
function leadTo(path) {
  const row = rowOf(path);
  if (!row) return;
  focusRow(row);
  row.scrollIntoView({ block: "center", behavior: "instant" });
}
