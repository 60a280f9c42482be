// Opening an entry: a folder here, a file in the preview.

import { go, remember } from "./navigation.js";
import { entryOf, tell } from "./place.js";

export function open(row) {
  const entry = entryOf(row);
  if (!entry) return;
  if (entry.kind === "folder") go(entry.href);
  else preview(row);
}

/** Opens a file's preview; where nobody takes it, its page. */
export function preview(row) {
  const entry = entryOf(row);
  if (!entry || entry.kind !== "file") return;
  remember();
  const nobody = tell("mb:open-preview", { href: entry.href, path: entry.path, name: entry.name }, true);
  if (nobody) location.assign(entry.href);
}
