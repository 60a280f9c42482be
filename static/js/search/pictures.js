// Pictures of the hits in sight, asked for together when scrolling rests.

import { post } from "../csrf.js";

const REST = 150;
const SMALL = 256 * 1024;
const AT_ONCE = 100;
const known = new Map();
let waiting = new Map();
let timer = 0;

/** Puts the picture of `entry` into its `row`, now or when it is known. */
export function picture(entry, row) {
  if (entry.kind !== "file" || !entry.path || entry.archived) return;
  if (known.has(entry.key)) {
    draw(row, known.get(entry.key));
    return;
  }
  waiting.set(entry, row);
  clearTimeout(timer);
  timer = setTimeout(ask, REST);
}

async function ask() {
  const asked = [...waiting].filter(([, row]) => row.isConnected).slice(-AT_ONCE);
  waiting = new Map();
  const buckets = new Map();
  for (const pair of asked) buckets.set(pair[0].bucket.code, [...(buckets.get(pair[0].bucket.code) ?? []), pair]);
  await Promise.all([...buckets].map(([code, pairs]) => askFor(code, pairs)));
}

async function askFor(code, pairs) {
  const form = new URLSearchParams({ code });
  for (const [entry] of pairs) {
    form.append("paths", entry.path);
    if (entry.group === "image" && entry.size <= SMALL) form.append("small", entry.path);
  }
  let urls = {};
  try {
    const answer = await post(document.getElementById("finder").dataset.pictures, form);
    if (!answer.ok) return;
    urls = (await answer.json()).pictures;
  } catch {
    // Without pictures the tiles stay.
    return;
  }
  for (const [entry, row] of pairs) {
    known.set(entry.key, urls[entry.path] ?? "");
    if (row.isConnected) draw(row, urls[entry.path]);
  }
}

function draw(row, url) {
  if (!url) return;
  const tile = row.querySelector(".is-thumb > .filetype");
  if (!tile) return;
  const image = new Image(28, 28);
  Object.assign(image, { className: "thumb", alt: "", decoding: "async", referrerPolicy: "no-referrer" });
  image.addEventListener("load", () => tile.replaceWith(image), { once: true });
  image.src = url;
}
