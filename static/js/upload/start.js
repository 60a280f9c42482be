// The upload tray: takes files from the page's events, and keeps going while people move between folders.

import { toast } from "../toast.js";
import { Confirmer } from "./confirmer.js";
import { ask } from "./conflicts.js";
import { offerToSignIn } from "./doors.js";
import { breath, filesOf } from "./intake.js";
import { Item } from "./item.js";
import { Ledger } from "./ledger.js";
import { Queue } from "./queue.js";
import { Signer } from "./signer.js";
import { View } from "./view.js";
import * as words from "./words.js";

const REFRESH_EVERY_MS = 1500;
const TAKE_AT_ONCE = 500;

const tray = document.getElementById("upload-tray");
// The module runs once a page, also when htmx brings its script tag again.
if (tray && !tray.dataset.running) run();

function run() {
  tray.dataset.running = "";
  const ledger = new Ledger();
  const signer = new Signer({ ledger, doorsOf, ask });
  const confirmer = new Confirmer({ ledger, doorsOf, met: (item) => queue.askAbout(item) });
  const queue = new Queue({ ledger, signer, confirmer });
  new View({
    tray,
    ledger,
    acts: {
      cancel: (items) => queue.cancel(items),
      retry: (items) => queue.retry(items),
      forget: (everything) => ledger.forget({ failedToo: everything }),
    },
  });
  document.addEventListener("mb:upload-files", ({ detail }) => take(detail, ledger, queue));
  refreshFolders(ledger);
  warnBeforeLeaving(ledger);
  stayWithUnfinished(ledger);
}

function doorsOf(code) {
  const doors = `/b/${encodeURIComponent(code)}/-/upload/`;
  return { prepare: `${doors}prepare`, confirm: `${doors}confirm`, cancel: `${doors}cancel` };
}

async function take({ code, path, title, sizeLimit, files, entries }, ledger, queue) {
  const target = { code, path, title: title || code, sizeLimit: Number(sizeLimit) || Infinity };
  const { wanted, unreadable, leftOut } = await filesOf({ files, entries });
  tellWhatIsMissing(wanted, unreadable, leftOut);
  const items = [];
  for (const [index, one] of wanted.entries()) {
    if (index % TAKE_AT_ONCE === TAKE_AT_ONCE - 1) await breath();
    const item = new Item({ ...one, target });
    if (ledger.underWay(item.identity)) continue;
    if (item.size > target.sizeLimit) refuse(item);
    items.push(item);
  }
  ledger.add(items);
  await queue.admit(items.filter((item) => item.state === "checking"));
}

function refuse(item) {
  item.state = "refused";
  item.reason = `Too large: ${words.size(item.size)}. The limit is ${words.size(item.target.sizeLimit)} a file; whoever runs MediaBridge can raise it.`;
}

function tellWhatIsMissing(wanted, unreadable, leftOut) {
  const named = (names) => ({ detail: names.slice(0, 3).join(", ") });
  if (leftOut.length) toast(`${words.files(leftOut.length)} of the system left out.`, { kind: "info", ...named(leftOut) });
  if (unreadable.length) {
    toast(`${words.files(unreadable.length)} couldn’t be read.`, { kind: "warning", ...named(unreadable) });
  } else if (!wanted.length) {
    toast("There are no files in what you chose.", { kind: "info" });
  }
}

/** Tells the page which folders have something new: soon after each arrival, not once for each of two thousand. */
function refreshFolders(ledger) {
  const waiting = new Map();
  let timer = 0;
  const tell = () => {
    timer = 0;
    for (const [code, paths] of waiting) {
      document.dispatchEvent(new CustomEvent("mb:folder-changed", { detail: { code, paths: [...paths] } }));
    }
    waiting.clear();
  };
  ledger.addEventListener("changed", ({ detail: item }) => {
    if (item.state !== "done" || item.told) return;
    item.told = true;
    if (!waiting.has(item.target.code)) waiting.set(item.target.code, new Set());
    for (const folder of foldersFrom(item)) waiting.get(item.target.code).add(folder);
    const isLast = !ledger.isActive;
    if (isLast) clearTimeout(timer);
    if (isLast || !timer) timer = setTimeout(tell, isLast ? 0 : REFRESH_EVERY_MS);
  });
}

/** The folder the file lies in, and those above it that may be as new, up to the one it was dropped on. */
function foldersFrom(item) {
  const folders = [];
  for (let folder = item.folder; folder.length > item.target.path.length; ) {
    folders.push(folder);
    folder = folder.slice(0, folder.lastIndexOf("/", folder.length - 2) + 1);
  }
  return [...folders, item.target.path];
}

/** Signed out elsewhere: the chosen files are known to this page alone, so it stays for as long as some are not done. */
function stayWithUnfinished(ledger) {
  document.addEventListener("mb:signed-out", (event) => {
    if (!ledger.isActive && !ledger.in("failed").length) return;
    event.preventDefault();
    offerToSignIn(event.detail.login);
  });
}

function warnBeforeLeaving(ledger) {
  const warn = (event) => event.preventDefault();
  let warns = false;
  ledger.addEventListener("changed", adapt);
  ledger.addEventListener("listed", adapt);
  function adapt() {
    const { isActive } = ledger;
    if (isActive === warns) return;
    warns = isActive;
    if (warns) addEventListener("beforeunload", warn);
    else removeEventListener("beforeunload", warn);
  }
}
