// The tray on the page: a row a file up to a cap, one total, one footer. It draws at most a few times a second.

import { announce } from "../announce.js";
import { shownName } from "../names.js";
import { Pace } from "./pace.js";
import * as words from "./words.js";

const SHOWN = 200;
const DRAW_EVERY_MS = 200;
const SAY_EVERY_MS = 15_000;
const STATE_ICONS = { done: "done", failed: "problem", refused: "problem", skipped: "skipped", cancelled: "skipped" };

export class View {
  #tray;
  #ledger;
  #rows = new Map();
  #paces = new WeakMap();
  #total = new Pace();
  #dirty = new Set();
  #relist = false;
  #timer = 0;
  #counted = 0;
  #wasActive = false;
  #saidAt = 0;

  /** `acts`: {cancel(items), retry(items), forget(everything)}. */
  constructor({ tray, ledger, acts }) {
    this.#tray = tray;
    this.#ledger = ledger;
    ledger.addEventListener("listed", () => {
      this.#relist = true;
      this.#soon();
    });
    ledger.addEventListener("changed", ({ detail: item }) => {
      this.#dirty.add(item);
      this.#soon();
    });
    tray.addEventListener("click", (event) => this.#click(event, acts));
    addEventListener("offline", () => this.#redraw());
    addEventListener("online", () => this.#redraw());
  }

  #click(event, acts) {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (!act) return;
    const row = event.target.closest(".tray-row");
    const items = row ? this.#ledger.items.filter((item) => item.id === row.dataset.item) : this.#ledger.items;
    if (act === "cancel" || act === "cancel-all") acts.cancel(items);
    else if (act === "retry" || act === "retry-all") acts.retry(items);
    else if (act === "fold") this.#fold();
    else if (act === "clear") acts.forget(false);
    else if (act === "close") acts.forget(true);
    if (row) this.#keepFocus(row, event.target);
    this.#redraw();
  }

  /** The pressed button disappears with its state: focus moves to what the row offers now. */
  #keepFocus(row, pressed) {
    if (!pressed.closest("button")?.matches(":focus")) return;
    requestAnimationFrame(() => {
      this.#draw();
      const next = row.querySelector("button:not([hidden])") ?? this.#part("fold");
      if (row.isConnected) next.focus();
    });
  }

  #fold() {
    const folded = this.#tray.dataset.state === "folded";
    this.#tray.dataset.state = folded ? "open" : "folded";
    const button = this.#part("fold");
    button.setAttribute("aria-expanded", String(folded));
    button.setAttribute("aria-label", folded ? "Fold the uploads" : "Unfold the uploads");
  }

  #soon() {
    this.#timer ||= setTimeout(() => this.#draw(), DRAW_EVERY_MS);
  }

  #redraw() {
    this.#relist = true;
    for (const item of this.#rows.keys()) this.#dirty.add(item);
    this.#draw();
  }

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const now = performance.now();
    this.#total.add(this.#ledger.sentAltogether - this.#counted, now);
    this.#counted = this.#ledger.sentAltogether;
    if (this.#relist || this.#hasUnseenWork() || this.#wasActive !== this.#ledger.isActive) this.#list();
    for (const item of this.#dirty) if (this.#rows.has(item)) this.#drawRow(item, now);
    this.#dirty.clear();
    this.#drawTotal(now);
    this.#say();
    // Speed and time left change although nothing is heard from the browser.
    if (this.#ledger.in("uploading").length) this.#soon();
  }

  #hasUnseenWork() {
    return [...this.#dirty].some((item) => !this.#rows.has(item));
  }

  /** Rows in the order of choosing; when all is over, first what did not work. When they are too many those that need nobody give way: first what is over, then what waits or only needs to be confirmed. */
  #list() {
    this.#relist = false;
    const { items } = this.#ledger;
    const shown = new Set(items);
    for (const states of [["done", "skipped", "cancelled"], ["waiting", "signed", "checking"], ["finishing"], ["refused", "failed"]]) {
      const spare = items.filter((item) => states.includes(item.state));
      if (states[0] !== "done") spare.reverse();
      for (const item of spare) if (shown.size > SHOWN) shown.delete(item);
    }
    const list = this.#part("rows");
    for (const [item, row] of this.#rows) {
      if (shown.has(item)) continue;
      row.remove();
      this.#rows.delete(item);
    }
    let after = null;
    for (const item of this.#ledger.isActive ? items : problemsFirst(items)) {
      if (!shown.has(item)) continue;
      const row = this.#rows.get(item) ?? this.#newRow(item);
      const place = after ? after.nextElementSibling : list.firstElementChild;
      if (place !== row) list.insertBefore(row, place);
      after = row;
    }
    const more = items.length - shown.size;
    this.#part("more").hidden = more === 0;
    this.#part("more").textContent = more ? `and ${words.count(more)} more` : "";
    this.#tray.hidden = items.length === 0;
  }

  #newRow(item) {
    const row = this.#template("row").firstElementChild.cloneNode(true);
    row.dataset.item = item.id;
    const name = row.querySelector(".tray-name");
    const shown = shownName(item.name);
    name.textContent = shown;
    name.title = `${shown} → ${item.target.title}`;
    const tile = this.#template("tiles").querySelector(`[data-group="${item.group}"]`);
    row.prepend(tile.firstElementChild.cloneNode(true));
    row.querySelector('[data-act="cancel"]').setAttribute("aria-label", `Cancel ${shown}`);
    row.querySelector('[data-act="retry"]').setAttribute("aria-label", `Retry ${shown}`);
    row.querySelector("progress").setAttribute("aria-label", shown);
    this.#rows.set(item, row);
    this.#dirty.add(item);
    return row;
  }

  #drawRow(item, now) {
    const row = this.#rows.get(item);
    row.dataset.state = item.state;
    if (item.signed) row.querySelector(".tray-name").textContent = shownName(item.signed.name);
    row.querySelector(".tray-note").textContent = this.#note(item, now);
    const bar = row.querySelector("progress");
    bar.hidden = !["uploading", "finishing"].includes(item.state);
    if (item.state === "finishing") bar.removeAttribute("value");
    else bar.value = item.size ? item.sent / item.size : 0;
    row.querySelector('[data-act="cancel"]').hidden = !item.isActive || item.state === "finishing";
    row.querySelector('[data-act="retry"]').hidden = item.state !== "failed";
    const icon = STATE_ICONS[item.state] ?? "";
    const state = row.querySelector(".tray-state");
    state.hidden = !icon;
    if (state.dataset.icon !== icon) {
      state.dataset.icon = icon;
      state.replaceChildren(...(icon ? [this.#icon(icon)] : []));
    }
  }

  #note(item, now) {
    switch (item.state) {
      case "checking":
      case "signed":
        return `${words.size(item.size)} · getting ready`;
      case "asking":
        return "This name is taken: waiting for your answer";
      case "waiting":
        if (!navigator.onLine) return "No network. Goes on by itself when it is back.";
        return item.reason ? `${item.reason} Trying again soon.` : `${words.size(item.size)} · waiting`;
      case "uploading":
        return this.#progress(item, now);
      case "finishing":
        return "All sent · finishing";
      case "done":
        return `${words.size(item.size)} · uploaded`;
      case "skipped":
        return "Skipped";
      case "cancelled":
        return "Cancelled";
      default:
        return item.reason;
    }
  }

  #progress(item, now) {
    if (!this.#paces.has(item)) this.#paces.set(item, { pace: new Pace(), counted: 0 });
    const known = this.#paces.get(item);
    known.pace.add(item.sent - known.counted, now);
    known.counted = item.sent;
    if (item.sent >= item.size) return "All sent · waiting for the storage";
    const speed = known.pace.speed(now);
    const parts = [`${words.size(item.sent)} of ${words.size(item.size)}`];
    if (speed) parts.push(words.speed(speed), words.timeLeft(known.pace.secondsLeft(item.size - item.sent, now)));
    return parts.join(" · ");
  }

  #drawTotal(now) {
    const { items } = this.#ledger;
    const sum = summaryOf(this.#ledger);
    this.#part("title").textContent = titleOf(sum);
    const note = this.#part("note");
    note.textContent = this.#totalNote(sum, now);
    const bar = this.#part("bar");
    bar.hidden = !sum.active;
    if (sum.uploading || !sum.finishing) bar.value = sum.bytes ? sum.sent / sum.bytes : 0;
    else bar.removeAttribute("value");
    this.#part("close").hidden = sum.active > 0;
    this.#part("cancel-all").hidden = sum.active - sum.finishing < 2;
    this.#part("retry-all").hidden = sum.failed < 1;
    this.#part("clear").hidden = !(sum.over && (sum.active || sum.failed || sum.refused) && sum.over > sum.failed + sum.refused);
    this.#part("foot").hidden = [...this.#part("foot").children].every((button) => button.hidden);
    this.#part("rows").hidden = items.length === 0;
  }

  #totalNote(sum, now) {
    if (!sum.active) return sum.problems ? "" : words.size(sum.bytes);
    if (!navigator.onLine) return "No network. Goes on by itself when it is back.";
    const parts = [`${words.size(sum.sent)} of ${words.size(sum.bytes)}`];
    const speed = this.#total.speed(now);
    if (speed && sum.uploading) {
      parts.push(words.speed(speed), words.timeLeft(this.#total.secondsLeft(sum.bytes - sum.sent, now)));
    }
    return parts.join(" · ");
  }

  /** Sums up for those who listen: at the beginning, now and then, and at the end. */
  #say() {
    const sum = summaryOf(this.#ledger);
    const now = Date.now();
    const isActive = sum.active > 0;
    if (isActive !== this.#wasActive || (isActive && now - this.#saidAt > SAY_EVERY_MS)) {
      const share = sum.bytes && this.#wasActive && isActive ? `, ${Math.floor((100 * sum.sent) / sum.bytes)} per cent` : "";
      if (sum.count) announce(titleOf(sum) + share);
      this.#saidAt = now;
    }
    this.#wasActive = isActive;
  }

  #part(name) {
    return this.#tray.querySelector(`[data-tray="${name}"]`);
  }

  #template(name) {
    return this.#tray.querySelector(`template[data-template="${name}"]`).content;
  }

  #icon(name) {
    return this.#template("icons").querySelector(`[data-icon="${name}"]`).firstElementChild.cloneNode(true);
  }
}

function problemsFirst(items) {
  const isProblem = (item) => ["failed", "refused"].includes(item.state);
  return [...items.filter(isProblem), ...items.filter((item) => !isProblem(item))];
}

function summaryOf(ledger) {
  const sum = { count: ledger.items.length, active: 0, over: 0, done: 0, failed: 0, refused: 0, bytes: 0, sent: 0 };
  Object.assign(sum, { uploading: 0, finishing: 0, checking: 0, asking: 0, skipped: 0, cancelled: 0, waiting: 0, signed: 0 });
  for (const item of ledger.items) {
    sum[item.state] += 1;
    if (item.isActive) sum.active += 1;
    else sum.over += 1;
    if (item.isActive || item.state === "done") {
      sum.bytes += item.size;
      sum.sent += item.sent;
    }
  }
  sum.problems = sum.failed + sum.refused;
  return sum;
}

function titleOf(sum) {
  const wanted = sum.active + sum.done;
  if (sum.asking && !sum.uploading) return sum.asking === 1 ? "1 name is taken" : `${words.count(sum.asking)} names are taken`;
  if (sum.active && sum.active === sum.checking + sum.signed) return `Preparing ${words.files(sum.active)}`;
  if (sum.active && sum.active === sum.finishing) return `Finishing ${words.files(sum.finishing)}`;
  if (sum.active) return `Uploading ${words.count(sum.done + sum.finishing + 1)} of ${words.count(wanted)}`;
  const parts = [];
  if (sum.done) parts.push(`${words.files(sum.done)} uploaded`);
  if (sum.problems) parts.push(sum.done ? `${words.count(sum.problems)} not` : `${words.files(sum.problems)} not uploaded`);
  if (!parts.length) parts.push(sum.skipped ? `${words.files(sum.skipped)} skipped` : `${words.files(sum.cancelled)} cancelled`);
  return parts.join(", ");
}
