// What can be done with files wherever they are shown: copying their links, saving them, asking before they are deleted.

import { copyText } from "./copy.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { toast } from "./toast.js";
import { count, files } from "./upload/words.js";

const BETWEEN_DOWNLOADS = 700;
const MANY_DOWNLOADS = 10;
const MANY_LINKS = 2_000;

/** Posts `values` to a door of the bucket `code`; what it answers lands in #dialogs. */
export function ask(code, below, values, swap = "innerHTML") {
  const asked = window.htmx.ajax("POST", `/b/${code}/-/${below}`, { source: "#dialogs", target: "#dialogs", swap, values });
  // When nothing answers, a toast has said so already.
  return asked.catch(() => {});
}

/** What of the `chosen` entries can be neither copied nor saved, as a sentence; empty when all can. */
export function leftOut(chosen) {
  const folders = chosen.filter(({ kind }) => kind === "folder").length;
  if (!folders) return "";
  return folders === 1 ? "The folder was left out; open it and select its files." : `${count(folders)} folders were left out; open them and select their files.`;
}

/** Copies the links of files, given as {code, paths} a bucket; where the browser refuses they are shown to be copied by hand.
 *  `besides` is said with it. */
export async function copyLinks(groups, { besides = "" } = {}) {
  const batches = groups.flatMap(({ code, paths }) =>
    Array.from({ length: Math.ceil(paths.length / MANY_LINKS) }, (_, n) => ({ code, paths: paths.slice(n * MANY_LINKS, (n + 1) * MANY_LINKS) })),
  );
  const texts = [];
  let dialog = null;
  for (const { code, paths } of batches) {
    document.getElementById("links-dialog")?.remove();
    await ask(code, "links", { paths }, "beforeend");
    dialog = document.getElementById("links-dialog");
    if (!dialog) return;
    texts.push(dialog.querySelector("textarea").value);
  }
  if (!dialog) return;
  const text = texts.join("\n");
  const said = batches.length > 1 ? `Copied ${count(text.split("\n").length)} URLs.` : dialog.dataset.said;
  if (await copyText(text)) {
    toast(said, { kind: "success", detail: [dialog.dataset.detail, besides].filter(Boolean).join(" ") });
    dialog.remove();
    return;
  }
  dialog.querySelector("textarea").value = text;
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  openDialog(dialog);
  dialog.querySelector("textarea").select();
}

/** Saves files, given as {code, path}, one after another. `besides` is said with it. */
export async function download(chosen, { besides = "" } = {}) {
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
    toast(left === 1 ? `Downloading “${detail.name}”.` : `Downloading ${files(left)}, one after another.`, { detail: besides });
  };
  document.addEventListener("mb:download", say, { once: true });
  for (; number < chosen.length; number += 1) {
    if (number) await new Promise((resolve) => setTimeout(resolve, BETWEEN_DOWNLOADS));
    await ask(chosen[number].code, "download", { path: chosen[number].path }, "none");
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

export function installActs() {
  document.addEventListener("mb:download", onDownload);
  document.addEventListener("mb:copy-links", ({ detail }) => copyLinks([detail]));
}
