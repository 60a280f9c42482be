// How the search gets on: which bucket of how many, where it is, what failed. Said aloud seldom enough to be listened to.

import { announce } from "../announce.js";
import { count } from "../upload/words.js";
import { timeOf } from "./row.js";

const SAID_EVERY = 4_000;
const element = (id) => document.getElementById(id);
const panel = element("finder-progress");
const lines = new Map([...panel.querySelectorAll("[data-bucket]")].map((line) => [line.dataset.bucket, line]));

/** Every bucket the person may search, by its id. */
export const buckets = new Map(
  [...lines].map(([id, line]) => [id, { id, code: line.dataset.code, title: line.dataset.title, mayDelete: line.dataset.mayDelete === "true" }]),
);

const ENDED = new Set(["done", "failed", "stopped"]);

export class Progress {
  /** Of a search of the buckets with these ids. */
  constructor(ids) {
    this.of = new Map(ids.map((id) => [id, { state: "waiting", folder: "", listed: 0, found: 0, why: "" }]));
    Object.assign(this, { phase: "running", isSlow: false, said: performance.now(), asked: 0 });
    for (const [id, line] of lines) line.hidden = !this.of.has(id);
  }

  turn(id, changes) {
    const its = this.of.get(id);
    if (!its) return;
    Object.assign(its, changes);
    this.soon();
  }

  count(state) {
    return [...this.of.values()].filter((its) => its.state === state).length;
  }

  get failed() {
    return [...this.of].filter(([, its]) => its.state === "failed").map(([id]) => id);
  }

  get ended() {
    return [...this.of.values()].filter((its) => ENDED.has(its.state)).length;
  }

  /** The buckets that are still to be looked through to their end. */
  get open() {
    return [...this.of].filter(([, its]) => !ENDED.has(its.state)).map(([id]) => id);
  }

  get listed() {
    return [...this.of.values()].reduce((sum, its) => sum + its.listed, 0);
  }

  /** `phase`: running, done, stopped, lost or unconnected. */
  end(phase) {
    this.phase = phase;
    for (const its of this.of.values()) if (!ENDED.has(its.state)) its.state = ["done", "kept"].includes(phase) ? "done" : "stopped";
    this.draw();
  }

  soon() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.draw();
    });
  }

  draw() {
    if (this.isOver) return;
    const isRunning = this.phase === "running";
    panel.hidden = false;
    panel.dataset.phase = this.phase;
    panel.querySelector("[data-spinner]").hidden = !isRunning;
    panel.querySelector("[data-found]").textContent = this.found?.says() ?? "";
    panel.querySelector("[data-summary]").textContent = this.summary();
    panel.querySelector("[data-place]").textContent = isRunning ? this.place() : "";
    const bar = element("finder-bar");
    bar.max = this.of.size;
    bar.hidden = !isRunning;
    if (this.of.size === 1) bar.removeAttribute("value");
    else bar.value = this.ended;
    element("finder-stop").hidden = !isRunning;
    element("finder-again").hidden = isRunning;
    element("finder-export").hidden = !this.found?.size;
    for (const [id, its] of this.of) drawLine(lines.get(id), its);
    this.#say(isRunning);
  }

  summary() {
    const all = this.of.size;
    const failed = this.failed.length;
    const incomplete = failed ? ` · ${failed === 1 ? "a bucket" : `${failed} buckets`} failed` : "";
    if (this.phase === "running") {
      const where = all === 1 ? `in ${buckets.get([...this.of.keys()][0])?.title ?? "the bucket"}` : `bucket ${Math.min(all, this.ended + 1)} of ${all}`;
      return `· ${this.isSlow ? "searching slowly" : "searching"} ${where}${incomplete}`;
    }
    const where = all === 1 ? "" : ` in ${all} buckets`;
    const listed = this.listed ? ` · ${count(this.listed)} names looked through` : "";
    const how = { done: failed ? "may be incomplete" : "complete", stopped: "stopped by you", lost: "connection lost", unconnected: "among what is known", kept: "from before", full: "stopped" };
    return `${where} · ${how[this.phase]}${incomplete}${this.phase === "unconnected" || this.phase === "kept" ? "" : listed}`;
  }

  place() {
    for (const [id, its] of this.of) {
      if (its.state === "scanning" && its.folder) return `${buckets.get(id)?.title ?? ""} / ${its.folder}`;
    }
    return "";
  }

  #say(isRunning) {
    const now = performance.now();
    if (isRunning && now - this.said < SAID_EVERY) return;
    this.said = now;
    const text = `${this.found?.says() ?? ""} ${this.summary()}`.replaceAll("·", ",");
    if (text !== this.spoken) announce(text);
    this.spoken = text;
  }
}

function drawLine(line, { state, folder, listed, found, why, indexed }) {
  line.dataset.state = state;
  const hits = found ? `${count(found)} found` : "nothing found";
  line.querySelector("[data-note]").textContent = {
    waiting: "waiting",
    scanning: [folder || "looking", listed ? `${count(listed)} names` : ""].filter(Boolean).join(" · "),
    done: hits,
    stopped: found ? `${hits}, stopped` : "stopped",
    failed: why,
  }[state];
  line.querySelector("[data-note]").title = why;
  line.querySelector("[data-retry]").hidden = state !== "failed";
  // While one searched, the bucket may have been listed anew.
  if (indexed) line.querySelector("[data-age]").replaceChildren("indexed ", timeOf(indexed));
}

export function hideProgress() {
  panel.hidden = true;
}

export function installProgress(retry) {
  const details = element("finder-details");
  details.addEventListener("click", () => {
    const list = element("finder-buckets");
    list.hidden = !list.hidden;
    details.setAttribute("aria-expanded", String(!list.hidden));
  });
  panel.addEventListener("click", (event) => {
    const line = event.target.closest("[data-retry]") && event.target.closest("[data-bucket]");
    if (line) retry([line.dataset.bucket]);
  });
}
