// What was found, in the order it is shown. Nothing that is shown moves by itself: what comes later goes to the end, or where an
// order was chosen waits until somebody asks for it.

import { count } from "../upload/words.js";

export const MOST = 50_000;
const SETTLES = 600;
const ARCHIVED = new Set(["GLACIER", "DEEP_ARCHIVE"]);
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

const ORDERS = {
  name: (one, other) => collator.compare(one.name, other.name) || collator.compare(one.path, other.path),
  modified: (one, other) => (other.at || "").localeCompare(one.at || "") || collator.compare(one.name, other.name),
  size: (one, other) => (other.size ?? -1) - (one.size ?? -1) || collator.compare(one.name, other.name),
};

export class Found {
  constructor(order = "") {
    Object.assign(this, { order, shown: [], pending: [], since: 0 });
    this.keys = new Set();
  }

  get size() {
    return this.shown.length + this.pending.length;
  }

  get isFull() {
    return this.size >= MOST;
  }

  /** Takes `items` as the server tells them of `bucket`; returns whether what is shown changed. */
  add(items, bucket) {
    const fresh = [];
    for (const item of items) {
      if (this.size + fresh.length >= MOST) break;
      const entry = entryOf(item, bucket);
      if (this.keys.has(entry.key)) continue;
      this.keys.add(entry.key);
      fresh.push(entry);
    }
    return fresh.length ? this.#take(fresh) : false;
  }

  #take(fresh) {
    this.since ||= performance.now();
    if (!this.order) {
      for (const entry of fresh) this.shown.push(entry);
      return true;
    }
    for (const entry of fresh) this.pending.push(entry);
    // In the first moments nobody has looked at anything yet.
    if (performance.now() - this.since > SETTLES) return false;
    this.merge();
    return true;
  }

  /** Puts what waits where it belongs. */
  merge() {
    this.shown = [...this.shown, ...this.pending];
    this.pending = [];
    if (this.order) this.shown.sort(ORDERS[this.order]);
  }

  sort(order) {
    this.order = order;
    // Whoever chooses an order has looked.
    this.since = -Infinity;
    this.merge();
    if (!order) this.shown.sort((one, other) => one.number - other.number);
  }

  /** Takes away entries that are gone. */
  remove(isGone) {
    this.shown = this.shown.filter((entry) => !isGone(entry));
    this.pending = this.pending.filter((entry) => !isGone(entry));
  }

  says() {
    return this.size === 1 ? "1 found" : `${count(this.size)}${this.isFull ? " or more" : ""} found`;
  }
}

let number = 0;

/** A hit as the page has it. One that can't be acted on has no `path` and says why in `unreachable`. */
function entryOf(item, bucket) {
  const isFolder = item.type === "folder";
  const full = `${item.prefix}${item.resource_name}${isFolder ? "/" : ""}`;
  number += 1;
  return {
    number,
    key: `${bucket.id}/${full}`,
    bucket,
    kind: item.type,
    name: item.resource_name,
    folder: item.prefix,
    path: item.unreachable ? "" : full,
    full,
    size: item.file_size,
    at: item.uploaded_at,
    storage: item.storage_class ?? "",
    group: isFolder ? "folder" : item.group || "other",
    unreachable: item.unreachable ?? "",
    archived: ARCHIVED.has(item.storage_class),
    href: item.unreachable ? "" : hrefOf(bucket.code, full),
    isStray: Boolean(item.is_stray),
    // An address with dots in it would lead elsewhere.
    folderHref: item.is_stray ? "" : hrefOf(bucket.code, item.prefix),
  };
}

export function hrefOf(code, path) {
  return `/b/${code}/${path.split("/").map(encodeURIComponent).join("/")}`;
}
