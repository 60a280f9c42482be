// The preview: a dialog over the folder, with an address of its own, so that Back closes it and a link opens it.

import { announce } from "../announce.js";
import { darken, light } from "./stage.js";
import { onSwipe } from "./swipe.js";
import { openTab } from "./tab.js";

const FACTS_KEY = "mediabridge.preview.facts";
// What of the folder's keys the preview has, too.
const BUTTONS = {
  c: "[data-preview-act=copy]", d: "[data-preview-download] button", Delete: "[data-preview-delete] button",
};
const ROOMY = matchMedia("(min-width: 60.01rem)");

const dialog = document.getElementById("preview");
// `direct`: the page was opened at a file's own address, so there is no folder to go back to. `ahead`: how many files further one
// wanted to be while the next one was on its way.
const state = { href: "", path: "", direct: false, deleting: false, ahead: 0, title: document.title };
if (dialog && !dialog.dataset.running) run();

/** Shows what the history's `entry` says was shown when it was current. */
export function follow(entry) {
  if (entry?.mb === "preview") open(entry.href, entry.path, "", state);
  else if (dialog.open) shut(state);
}

function run() {
  dialog.dataset.running = "";
  document.addEventListener("mb:open-preview", (event) => {
    event.preventDefault();
    state.beside = event.detail.beside ?? null;
    open(state.beside ? event.detail.href : withOrder(event.detail.href), event.detail.path, "push", state);
  });
  addEventListener("popstate", ({ state: entry }) => follow(entry));
  dialog.addEventListener("click", (event) => click(event, state));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave(state);
  });
  dialog.addEventListener("keydown", (event) => key(event, state));
  onSwipe(dialog, (way) => turn(way, state));
  followAnswers(state);
  followDeletion(state);
  if (dialog.hasAttribute("data-direct")) adopt(state);
}

/** The page came with its preview: it becomes a modal dialog, and closing it goes to the folder. */
function adopt(state) {
  const body = dialog.querySelector(".preview-body");
  Object.assign(state, { direct: true, href: location.pathname + location.search, path: body.dataset.path });
  state.title = `${document.getElementById("folder").dataset.title} · MediaBridge`;
  history.replaceState({ mb: "preview", href: state.href, path: state.path }, "", state.href + location.hash);
  dialog.removeAttribute("open");
  dialog.showModal();
  show(state);
}

function open(href, path, how, state) {
  if (how === "push") {
    if (dialog.open) history.replaceState({ mb: "preview", href, path }, "", href);
    else {
      state.title = document.title;
      history.pushState({ mb: "preview", href, path }, "", href);
    }
  }
  Object.assign(state, { href, path });
  if (!dialog.open) {
    dialog.replaceChildren();
    dialog.setAttribute("aria-label", "Preview");
    dialog.showModal();
  }
  load(state);
}

function load(state) {
  dialog.setAttribute("aria-busy", "true");
  window.htmx.ajax("GET", state.href, { source: dialog, target: dialog, swap: "innerHTML" }).catch(() => {});
}

function followAnswers(state) {
  dialog.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== dialog) return;
    // A file that is gone is a page of its own, which comes with 404; and an answer may come too late.
    const isGone = event.detail.xhr.status === 404 && event.detail.xhr.getResponseHeader("HX-Reswap") === null;
    event.detail.shouldSwap = dialog.open && (isGone || event.detail.shouldSwap);
    if (isGone) event.detail.isError = false;
  });
  dialog.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === dialog) show(state);
  });
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    dialog.addEventListener(failure, (event) => {
      if (event.target !== dialog) return;
      dialog.removeAttribute("aria-busy");
      state.ahead = 0;
      if (!dialog.querySelector(".preview-head")) leave(state);
    });
  }
}

/** A new file lies in the dialog. */
function show(state) {
  if (state.beside) drawSteps(state.beside(state.href));
  const title = dialog.querySelector("#preview-title");
  dialog.removeAttribute("aria-label");
  dialog.setAttribute("aria-labelledby", "preview-title");
  dialog.removeAttribute("aria-busy");
  document.title = `${title.textContent} · MediaBridge`;
  const position = dialog.querySelector(".preview-count")?.textContent ?? "";
  announce(`${title.textContent}${position ? `, ${position}` : ""}`);
  showFacts(factsWanted());
  // Focus stays on an arrow that is there again, so that Enter goes on; else it is on the name.
  const again = state.turned && dialog.querySelector(`.preview-step.is-${state.turned}`);
  (again || title).focus({ preventScroll: true });
  light(dialog, () => preload());
  goAhead(state);
}

/** Who turned on while this file was on its way goes on to the one they meant. */
function goAhead(state) {
  const way = Math.sign(state.ahead);
  state.ahead -= way;
  if (!way) return;
  if (dialog.querySelector(`.preview-step.is-${way > 0 ? "next" : "previous"}`)) turn(way > 0 ? "next" : "previous", state);
  else state.ahead = 0;
}

/** Previous and next as whoever opened the preview has them: {previous, next: {href, name}, position, count}. */
function drawSteps({ previous, next, position, count }) {
  for (const step of dialog.querySelectorAll(".preview-step, .preview-count")) step.remove();
  const stage = dialog.querySelector(".preview-stage");
  for (const [beside, way, sign] of [[previous, "previous", "‹"], [next, "next", "›"]]) {
    if (!beside || !stage) continue;
    const step = document.createElement("a");
    step.className = `preview-step is-${way} is-drawn`;
    step.href = beside.href;
    step.textContent = sign;
    step.setAttribute("aria-label", `${way === "next" ? "Next" : "Previous"} file: ${beside.name}`);
    if (way === "next") stage.append(step);
    else stage.prepend(step);
  }
  if (!position) return;
  const line = document.createElement("p");
  line.className = "preview-count muted";
  line.textContent = `${position} of ${count}`;
  dialog.querySelector(".preview-heading")?.append(line);
}

function preload() {
  for (const step of dialog.querySelectorAll(".preview-step[data-preload]:not([data-preload=''])")) {
    new Image().src = step.dataset.preload;
  }
}

function click(event, state) {
  const step = event.target.closest(".preview-step");
  if (step && !(event.metaKey || event.ctrlKey || event.shiftKey)) {
    event.preventDefault();
    turn(step.classList.contains("is-next") ? "next" : "previous", state);
    return;
  }
  const control = event.target.closest("[data-preview-act]");
  const act = control?.dataset.previewAct;
  if (!act) return;
  event.preventDefault();
  if (act === "close") leave(state);
  else if (act === "again") load(state);
  else if (act === "facts") toggleFacts();
  else if (act === "open") openTab(control.dataset.door, body().dataset.path);
  else if (act === "copy") tell("mb:copy-links", { code: body().dataset.code, paths: [body().dataset.path] });
}

function key(event, state) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // Who holds a key down wants to stop where they let go.
  if (event.repeat && dialog.getAttribute("aria-busy") === "true") return;
  if (event.target.closest("video, audio, input, textarea, select") && event.key !== "Escape") return;
  // A text that scrolls sideways keeps the arrows for itself.
  const reading = event.target.closest(".preview-reading");
  const scrolls = reading && reading.scrollWidth > reading.clientWidth;
  if (event.key === "ArrowLeft" && !scrolls) turn("previous", state);
  else if (event.key === "ArrowRight" && !scrolls) turn("next", state);
  else if (event.key === "i" || event.key === "I") toggleFacts();
  else if (event.key in BUTTONS) dialog.querySelector(BUTTONS[event.key])?.click();
  else return;
  event.preventDefault();
}

function turn(way, state) {
  if (dialog.getAttribute("aria-busy") === "true") {
    state.ahead += way === "next" ? 1 : -1;
    return;
  }
  const step = dialog.querySelector(`.preview-step.is-${way}`);
  if (!step) return;
  state.turned = step.matches(":focus") ? way : "";
  const href = step.getAttribute("href");
  open(href, pathOf(href), "push", state);
}

/** Closes by going back to where the folder was; a preview that was opened by its own address goes to its folder. */
function leave(state) {
  if (state.direct) {
    const { href } = document.getElementById("folder").dataset;
    history.replaceState({ mb: "folder" }, "", body()?.dataset.folder ?? href);
    state.direct = false;
    shut(state);
  } else {
    history.back();
  }
}

function shut(state) {
  state.ahead = 0;
  darken();
  dialog.close();
  // Players and frames stop with their elements.
  dialog.replaceChildren();
  document.title = state.title;
  tell("mb:preview-closed", { path: state.path, href: state.href });
}

/** After the file shown was deleted the next one takes its place. */
function followDeletion(state) {
  dialog.addEventListener("submit", (event) => {
    if (event.target.matches("[data-preview-delete]")) state.deleting = true;
  });
  document.addEventListener("mb:folder-changed", () => {
    if (!dialog.open || !state.deleting) return;
    state.deleting = false;
    const step = dialog.querySelector(".preview-step.is-next") ?? dialog.querySelector(".preview-step.is-previous");
    if (!step) {
      leave(state);
      return;
    }
    const href = step.getAttribute("href");
    open(href, pathOf(href), "push", state);
  });
}

function factsWanted() {
  try {
    return ROOMY.matches && localStorage.getItem(FACTS_KEY) !== "hidden";
  } catch {
    return ROOMY.matches;
  }
}

function toggleFacts() {
  const wanted = body()?.dataset.facts === "hidden";
  showFacts(wanted);
  try {
    localStorage.setItem(FACTS_KEY, wanted ? "shown" : "hidden");
  } catch {
    // Without storage the choice lasts until the next file.
  }
}

function showFacts(wanted) {
  body().dataset.facts = wanted ? "shown" : "hidden";
  dialog.querySelector('[data-preview-act="facts"]')?.setAttribute("aria-expanded", String(wanted));
}

function body() {
  return dialog.querySelector(".preview-body");
}

/** The folder's order goes along, so that next and previous follow what the person saw. */
function withOrder(href) {
  const query = new URL(document.getElementById("folder")?.dataset.address ?? "", location.href).search;
  return href.includes("?") ? href : href + query;
}

/** The person's path in an address of ours: /b/CODE/PATH. */
function pathOf(href) {
  const [, , , ...segments] = new URL(href, location.href).pathname.split("/");
  return segments.map(decodeURIComponent).join("/");
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}
