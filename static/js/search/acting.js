// What can be done with hits: opening, going to their folder, copying, saving, deleting, and keeping the list.

import { ask, copyLinks, download, installActs, leftOut } from "../acts.js";
import { copyText } from "../copy.js";
import { toast } from "../toast.js";
import { count } from "../upload/words.js";
import { clear, isChosen, selected } from "./choosing.js";

const NAMES_OF_CSV = ["Bucket", "Folder", "Name", "Type", "Size (bytes)", "Modified", "Storage class"];
const busy = new Set();
let list = null;
let page = null;
let subject = null;

/** Does `name` with the selection, or with the hit one stands on. A second time while the first is under way is a double click. */
export async function act(name, button = null) {
  if (!ACTS[name] || busy.has(name)) return;
  const chosen = subjects(button);
  busy.add(name);
  button?.setAttribute("aria-busy", "true");
  try {
    await ACTS[name](chosen);
  } finally {
    busy.delete(name);
    button?.removeAttribute("aria-busy");
  }
}

function subjects(button) {
  const one = button?.closest("#hit-menu") ? subject : null;
  if (one && !isChosen(one)) return [one];
  const chosen = selected();
  if (chosen.length) return chosen;
  const standing = one ?? list.standing;
  return standing?.path ? [standing] : [];
}

const ACTS = {
  open: ([entry]) => entry && open(subject ?? entry),
  folder: ([entry]) => entry && location.assign(placeOf(subject ?? entry)),
  copy: (chosen) => copyLinks(byBucket(chosen.filter(isFile)), { besides: leftOut(chosen) }),
  download: (chosen) => download(chosen.filter((entry) => isFile(entry) && !entry.archived).map(({ bucket, path }) => ({ code: bucket.code, path })), { besides: leftOut(chosen) }),
  delete: (chosen) => remove(chosen),
  clear: () => clear(),
  csv: () => saveCsv(),
  paths: () => copyPaths(),
};

const isFile = (entry) => entry.kind === "file";

function byBucket(entries) {
  const groups = new Map();
  for (const { bucket, path } of entries) groups.set(bucket.code, [...(groups.get(bucket.code) ?? []), path]);
  return [...groups].map(([code, paths]) => ({ code, paths }));
}

/** The folder it lies in, where the page scrolls to it. */
export function placeOf(entry) {
  return entry.path ? `${entry.folderHref}?show=${encodeURIComponent(entry.name + (isFile(entry) ? "" : "/"))}` : entry.folderHref;
}

/** A folder opens as a page; a file in the preview, whose next and previous are the hits beside it. */
export function open(entry) {
  if (!entry.path) return;
  page.remember();
  if (entry.kind === "folder") {
    location.assign(entry.href);
    return;
  }
  list.focus(entry, { quietly: true });
  const detail = { href: entry.href, path: entry.path, name: entry.name, beside };
  if (document.dispatchEvent(new CustomEvent("mb:open-preview", { detail, cancelable: true }))) location.assign(entry.href);
}

function beside(href) {
  const files = list.entries.filter((entry) => isFile(entry) && entry.path);
  const at = files.findIndex((entry) => entry.href === href);
  if (at >= 0) list.focus(files[at], { quietly: true });
  return { previous: files[at - 1], next: files[at + 1], position: at + 1, count: count(files.length) };
}

/** The existing question, a bucket at a time. */
async function remove(chosen) {
  const groups = byBucket(chosen.filter((entry) => entry.bucket.mayDelete));
  if (!groups.length) {
    toast("You may not delete files in this bucket.", { kind: "warning", detail: "Ask an administrator if you should." });
    return;
  }
  for (const { code, paths } of groups) {
    await ask(code, "delete/plan", { folder: "", paths });
    const dialog = document.getElementById("delete-dialog");
    if (!dialog) return;
    await closed(dialog);
  }
}

/** Until the question is answered and what came of it was read: the dialog may be replaced by the outcome. */
function closed(dialog) {
  return new Promise((resolve) => {
    const watch = new MutationObserver(() => {
      if (document.getElementById("delete-dialog")?.open) return;
      watch.disconnect();
      resolve();
    });
    watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["open"] });
    if (!dialog.isConnected) resolve();
  });
}

/** What a deletion was asked for is gone, but for what its answer says could not be deleted. */
function onDeleted({ detail }) {
  const { path, parameters } = detail.requestConfig ?? {};
  const code = /^\/b\/([^/]+)\/-\/delete$/.exec(path ?? "")?.[1];
  if (!code || !detail.successful) return;
  const answer = new DOMParser().parseFromString(detail.xhr.responseText, "text/html");
  const failed = [...answer.querySelectorAll("[data-failed]")].map((line) => line.dataset.failed);
  const asked = parameters instanceof FormData ? parameters.getAll("paths") : [parameters.paths].flat();
  const gone = asked.filter((one) => !failed.some((other) => other === one || (one.endsWith("/") && other.startsWith(one))));
  const files = new Set(gone);
  const folders = gone.filter((one) => one.endsWith("/"));
  page.remove((entry) => entry.bucket.code === code && (files.has(entry.full) || folders.some((folder) => entry.full.startsWith(folder))));
}

function listed() {
  const chosen = selected();
  return chosen.length ? chosen : page.everything();
}

function saveCsv() {
  const rows = listed().map((entry) => [entry.bucket.title, entry.folder, entry.name, entry.kind, entry.size ?? "", entry.at ?? "", entry.storage]);
  const text = [NAMES_OF_CSV, ...rows].map((row) => row.map(cell).join(",")).join("\r\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }));
  link.download = "search.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  toast(`Saved a list of ${count(rows.length)}.`, { kind: "success" });
}

/** A cell that a spreadsheet takes for text, never for a formula. */
function cell(value) {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function copyPaths() {
  const entries = listed();
  const text = entries.map((entry) => `${entry.bucket.title}/${entry.full}`).join("\n");
  if (await copyText(text)) toast(entries.length === 1 ? "Copied 1 path." : `Copied ${count(entries.length)} paths.`, { kind: "success" });
  else toast("Your browser does not allow copying here.", { kind: "error", detail: "Save the list as CSV instead." });
}

/** Makes the menu that of `entry`. */
export function prepareMenu(entry) {
  subject = entry;
  list.focus(entry, { quietly: true });
  const menu = document.getElementById("hit-menu");
  menu.setAttribute("aria-label", `Actions for ${entry.name}`);
  menu.querySelector("[data-label]").textContent = entry.kind === "folder" ? "Open" : "Preview";
  for (const item of menu.querySelectorAll('[data-for="file"]')) item.hidden = entry.kind === "folder";
  for (const item of menu.querySelectorAll("[data-for-delete]")) item.hidden = !entry.bucket.mayDelete;
  menu.querySelector('[data-do="download"]').disabled = entry.archived;
}

export function installActing(givenList, givenPage) {
  list = givenList;
  page = givenPage;
  installActs();
  document.addEventListener("htmx:afterRequest", onDeleted);
  document.getElementById("hit-menu").addEventListener("toggle", ({ newState, target }) => {
    if (newState === "open") return;
    const was = subject;
    // Items act on what the menu was about after it closed.
    setTimeout(() => {
      if (!target.matches(":popover-open")) subject = null;
    });
    if (was && (document.activeElement === document.body || target.contains(document.activeElement))) list.focus(was);
  });
}
