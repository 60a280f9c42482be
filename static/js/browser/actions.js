// What can be done with the selection, or with the row one stands on.

import { confirmDialog, openDialog } from "../dialog.js";
import { copyText } from "../copy.js";
import { toast } from "../toast.js";
import { files } from "../upload/words.js";
import { menuRow } from "./menu.js";
import { open, preview } from "./opening.js";
import { door, entryOf, folder } from "./place.js";
import { standingRow } from "./rows.js";
import { clear, isSelected, selected } from "./selection.js";

const BETWEEN_DOWNLOADS = 700;
const MANY_DOWNLOADS = 10;
const busy = new Set();

/** Does `name`; a second time while the first is under way is a double click. `button` shows that it is. */
export async function act(name, { button = null } = {}) {
  const run = ACTS[name];
  if (!run || busy.has(name)) return;
  const chosen = subjects(button);
  busy.add(name);
  button?.setAttribute("aria-busy", "true");
  try {
    await run(chosen);
  } finally {
    busy.delete(name);
    button?.removeAttribute("aria-busy");
  }
}

/** The menu is about its row, or about the selection that row belongs to; everything else about the selection. */
function subjects(button) {
  const row = button?.closest("#entry-menu") ? menuRow() : null;
  if (row && !isSelected(row)) return [entryOf(row)];
  const chosen = selected();
  if (chosen.length) return chosen;
  const standing = row ?? standingRow();
  const entry = standing && entryOf(standing);
  return entry ? [entry] : [];
}

const ACTS = {
  open: () => open(menuRow() ?? standingRow()),
  preview: () => preview(standingRow()),
  copy: (chosen) => copy(folder().dataset.code, chosen.filter(isFile).map(pathOf)),
  download: (chosen) => download(chosen.filter((entry) => isFile(entry) && !entry.archived)),
  delete: (chosen) => askToDelete(chosen),
  refresh: () => ask("revalidate", { folder: folder().dataset.path }, "none"),
  clear: () => clear(),
};

const isFile = (entry) => entry.kind === "file";
const pathOf = (entry) => entry.path;

function ask(below, values, swap = "innerHTML", code = folder().dataset.code) {
  const asked = window.htmx.ajax("POST", door(below, code), { source: "#dialogs", target: "#dialogs", swap, values });
  // When nothing answers, a toast has said so already.
  return asked.catch(() => {});
}

/** Copies the links of `paths`; where the browser refuses they are shown to be copied by hand. */
export async function copy(code, paths) {
  if (!paths.length) return;
  document.getElementById("links-dialog")?.remove();
  await ask("links", { paths }, "beforeend", code);
  const dialog = document.getElementById("links-dialog");
  if (!dialog) return;
  if (await copyText(dialog.querySelector("textarea").value)) {
    toast(dialog.dataset.said, { kind: "success", detail: dialog.dataset.detail });
    dialog.remove();
    return;
  }
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  openDialog(dialog);
  dialog.querySelector("textarea").select();
}

async function download(chosen) {
  if (!chosen.length) return;
  if (chosen.length > MANY_DOWNLOADS) {
    const agreed = await confirmDialog({
      title: `Download ${files(chosen.length)}?`,
      text: "They come one after another. Your browser may ask once whether this page may download several files.",
      label: "Download",
    });
    if (!agreed) return;
  }
  let number = 0;
  // Said at the first link that comes: a refusal has a toast of its own.
  const say = ({ detail }) => {
    const left = chosen.length - number;
    toast(left === 1 ? `Downloading “${detail.name}”.` : `Downloading ${files(left)}, one after another.`);
  };
  document.addEventListener("mb:download", say, { once: true });
  for (; number < chosen.length; number += 1) {
    if (number) await new Promise((resolve) => setTimeout(resolve, BETWEEN_DOWNLOADS));
    await ask("download", { path: chosen[number].path }, "none");
  }
  document.removeEventListener("mb:download", say);
}

/** A download takes a frame of its own: the page stays, and nobody is asked about unfinished uploads. */
function onDownload({ detail }) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = `Download of ${detail.name}`;
  frame.src = detail.url;
  document.body.append(frame);
  setTimeout(() => frame.remove(), 120_000);
}

async function askToDelete(chosen) {
  if (!chosen.length) return;
  if (folder().dataset.mayDelete !== "true") {
    toast("You may not delete files in this bucket.", { kind: "warning" });
    return;
  }
  await ask("delete/plan", { folder: folder().dataset.path, paths: chosen.map(pathOf) });
}

export function installActions() {
  document.addEventListener("mb:download", onDownload);
  document.addEventListener("mb:copy-links", ({ detail }) => copy(detail.code, detail.paths));
}
