// What the preview's stage does once a file lies on it: media that fail say so, texts are read and drawn.

import { clearColours, drawCode } from "./code.js";
import { drawMarkdown } from "./markdown.js";
import { drawTable } from "./table.js";
import { readText, Unreadable } from "./text.js";
import * as words from "../upload/words.js";

let reading = new AbortController();

/** Brings the stage in `dialog` to life; `done()` is called when its file is on the screen. */
export function light(dialog, done) {
  darken();
  const stage = dialog.querySelector(".preview-stage");
  const media = stage.querySelector("[data-media]");
  const text = stage.querySelector("[data-text]");
  if (media) watch(media, stage, done);
  else if (text) read(text, stage, done);
  else done();
}

/** Stops what the present file still loads or plays. */
export function darken() {
  reading.abort();
  clearColours();
}

function watch(media, stage, done) {
  if (media.tagName === "IFRAME") {
    if (navigator.pdfViewerEnabled === false) fail(media, stage);
    else media.addEventListener("load", done, { once: true });
    return;
  }
  const failed = () => media.isConnected && fail(media, stage);
  if (media.tagName === "IMG") {
    media.decode().then(done, failed);
    return;
  }
  media.addEventListener("error", failed, { once: true });
  // It may have failed before anybody listened.
  if (media.error) failed();
  else done();
}

/** Puts the designed state in place of what could not be shown. */
function fail(media, stage, why = "") {
  const state = stage.querySelector('template[data-state="broken"]').content.cloneNode(true);
  if (why) state.querySelector("[data-why]").textContent = why;
  const shown = state.firstElementChild;
  (media.closest(".preview-sound") ?? media).replaceWith(shown);
  stage.dataset.kind = "none";
  window.htmx.process(shown);
}

async function read(place, stage, done) {
  reading = new AbortController();
  const { signal } = reading;
  const { src, size, bytes, rows, language, text: kind } = place.dataset;
  try {
    const found = await readText(src, { size: Number(size), limit: Number(bytes), signal });
    const drawn = await draw(kind, found.text, { language, most: Number(rows), name: place.getAttribute("aria-label") });
    if (signal.aborted) return;
    place.replaceChildren(...noteOf(found, drawn.note, Number(size), Number(bytes)), drawn.element);
    place.removeAttribute("aria-busy");
    done();
  } catch (problem) {
    if (signal.aborted) return;
    if (!(problem instanceof Unreadable)) throw problem;
    fail(place, stage, problem.message);
  }
}

async function draw(kind, text, options) {
  if (kind === "csv") return drawTable(text, options);
  if (kind === "markdown") return { element: await drawMarkdown(text), note: "" };
  return { element: drawCode(text, options), note: "" };
}

function noteOf(found, note, size, bytes) {
  const parts = [];
  if (!found.isWhole) parts.push(`Shows the first ${words.size(bytes)} of ${words.size(size)}; download the file for the rest.`);
  if (note) parts.push(note);
  if (found.encoding !== "utf-8") parts.push(`Read as ${found.encoding}.`);
  if (!parts.length) return [];
  const line = document.createElement("p");
  line.className = "preview-note";
  line.setAttribute("role", "note");
  line.textContent = parts.join(" ");
  return [line];
}
