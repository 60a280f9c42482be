// One search after another. Each has a number; what comes for an earlier one is dropped. When the socket can't be opened the
// server's first answers from what is known stand in.

import { asked, filters, hrefOf as addressOf } from "./address.js";
import { Found } from "./found.js";
import { Line } from "./line.js";
import { needleOf } from "./matching.js";
import { buckets, Progress } from "./progress.js";

export const now = { number: 0, found: new Found(), progress: null, needle: needleOf(""), text: "" };
let hooks = { changed() {}, ended() {} };
// A bucket that is asked again has a number of its own beside the search's.
let numbers = new Set();
// Buckets that are asked again when the others are through: the server ends one search for the next.
let again = new Set();

const line = new Line({ heard, lost });

export function installRunning(given) {
  hooks = given;
  addEventListener("pagehide", () => line.close());
}

/** Begins to look for what the form asks. */
export function begin() {
  const told = asked();
  now.number += 1;
  numbers = new Set([now.number]);
  again = new Set();
  now.text = told.q;
  now.needle = needleOf(told.q);
  now.found = new Found(told.sort ?? "");
  if (now.progress) now.progress.isOver = true;
  const ids = placesOf(told).map((place) => place.bucket);
  now.progress = new Progress(ids);
  now.progress.found = now.found;
  now.progress.draw();
  if (!ids.length) finish("done");
  else line.search({ search: now.number, q: told.q, places: placesOf(told), filters: filters() });
}

function placesOf({ in: folder = "", where = "below" }) {
  const cut = folder.indexOf("/");
  if (!folder || where === "all") return [...buckets.keys()].map((bucket) => ({ bucket, prefix: "", scope: "below" }));
  const code = cut < 0 ? folder : folder.slice(0, cut);
  const its = [...buckets.values()].find((bucket) => bucket.code === code);
  return its ? [{ bucket: its.id, prefix: cut < 0 ? "" : folder.slice(cut + 1), scope: where }] : [];
}

/** Looks again in the buckets with these ids, behind those that are still looked through; what was found in others stays. */
export function retry(ids) {
  for (const id of ids) now.progress.turn(id, { state: "waiting", why: "", folder: "", listed: 0 });
  if (isRunning()) {
    for (const id of ids) again.add(id);
    return;
  }
  now.progress.phase = "running";
  askAgain(ids);
}

function askAgain(ids) {
  now.number += 1;
  numbers = new Set([now.number]);
  again = new Set();
  const places = placesOf(asked()).filter((place) => ids.includes(place.bucket));
  line.search({ search: now.number, q: now.text, places, filters: filters() });
  hooks.changed({ isRetry: true });
}

export const isRunning = () => now.progress?.phase === "running";

export function stop(phase = "stopped") {
  if (!isRunning()) return false;
  line.stop(now.number);
  finish(phase);
  return true;
}

/** Ends whatever runs, without a word. */
export function forget() {
  if (isRunning()) line.stop(now.number);
  now.number += 1;
  numbers = new Set();
  again = new Set();
  if (now.progress) now.progress.isOver = true;
  now.progress = null;
  now.found = new Found();
}

function heard(message) {
  if (!numbers.has(message.search) || !isRunning()) return;
  const bucket = buckets.get(message.bucket);
  if (message.bucket && !bucket) return;
  const its = now.progress.of.get(message.bucket);
  if (message.type === "results") take(message.items, bucket, its);
  else if (message.type === "traversing") now.progress.turn(message.bucket, { state: "scanning", folder: message.folder, listed: message.listed ?? its.listed });
  else if (message.type === "slow") now.progress.isSlow = true;
  else if (message.type === "complete" && bucket) now.progress.turn(message.bucket, { state: "done", listed: message.listed ?? its.listed, indexed: message.indexed_at });
  else if (message.type === "error" && bucket) now.progress.turn(message.bucket, { state: "failed", why: message.message });
  else if (message.type === "error") refuse(message);
  else if (message.type === "complete" && again.size) askAgain([...again]);
  else if (message.type === "complete") finish("done");
}

function take(items, bucket, its) {
  const before = now.found.size;
  const moved = now.found.add(items, bucket);
  its.found += now.found.size - before;
  now.progress.turn(bucket.id, its.state === "waiting" ? { state: "scanning" } : {});
  hooks.changed({ moved });
  if (now.found.isFull) stop("full");
}

/** The search itself was refused, as when there were too many in a minute. */
function refuse({ message }) {
  for (const id of now.progress.open) now.progress.turn(id, { state: "failed", why: message });
  finish("done");
}

function finish(phase) {
  line.rest();
  now.progress.end(phase);
  hooks.ended(phase);
}

async function lost(wasOpen) {
  if (wasOpen) {
    finish("lost");
    return;
  }
  const mine = now.number;
  try {
    const told = new URLSearchParams(addressOf(asked()).split("?")[1]);
    const answer = await fetch(`${document.getElementById("finder").dataset.stored}?${told}`, { credentials: "same-origin" });
    const { answers } = await answer.json();
    if (mine !== now.number) return;
    for (const { bucket, items, has_more: hasMore } of answers) {
      if (!buckets.has(bucket)) continue;
      take(items, buckets.get(bucket), now.progress.of.get(bucket));
      now.progress.turn(bucket, { state: "done", hasMore });
    }
  } catch {
    // Neither way answers: the page says that the connection can't be opened, with nothing below.
  }
  if (mine === now.number) finish("unconnected");
}
