// The folder that lies on the page, and its rows.

export const folder = () => document.getElementById("folder");
export const entries = () => document.getElementById("entries");

/** Every row that is shown, unreachable ones too. */
export function rows() {
  return [...(entries()?.querySelectorAll(":scope > .entry") ?? [])];
}

export function rowOf(path) {
  return path ? entries()?.querySelector(`:scope > .entry[data-path="${CSS.escape(path)}"]`) ?? null : null;
}

/** What a row stands for; null for one that can't be acted on. */
export function entryOf(row) {
  const { path, name, kind, size, archived } = row.dataset;
  if (!path) return null;
  const link = row.querySelector(".entry-name");
  return { path, name, kind, size: Number(size || 0), archived: archived !== undefined, href: link.getAttribute("href") };
}

/** The address of a bucket's door. */
export const door = (below, code = folder().dataset.code) => `/b/${code}/-/${below}`;

export function tell(name, detail, cancelable = false) {
  return document.dispatchEvent(new CustomEvent(name, { detail, cancelable }));
}

/** Calls `run` for `#folder` each time it is another one, or was drawn anew; and once for the first. */
export function whenShown(run) {
  document.addEventListener("mb:folder-shown", run);
}
