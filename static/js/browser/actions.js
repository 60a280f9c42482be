// What can be done with the selection, or with the row one stands on.

import { ask, copyLinks, download, installActs, leftOut } from "../acts.js";
import { toast } from "../toast.js";
import { menuRow } from "./menu.js";
import { open, preview } from "./opening.js";
import { entryOf, folder } from "./place.js";
import { standingRow } from "./rows.js";
import { clear, isSelected, selected } from "./selection.js";

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
  copy: (chosen) => copyLinks([{ code: code(), paths: chosen.filter(isFile).map(pathOf) }], { besides: leftOut(chosen) }),
  download: (chosen) => download(chosen.filter((entry) => isFile(entry) && !entry.archived).map(({ path }) => ({ code: code(), path })), { besides: leftOut(chosen) }),
  delete: (chosen) => askToDelete(chosen),
  refresh: () => ask(code(), "revalidate", { folder: folder().dataset.path }, "none"),
  clear: () => clear(),
};

const code = () => folder().dataset.code;
const isFile = (entry) => entry.kind === "file";
const pathOf = (entry) => entry.path;

async function askToDelete(chosen) {
  if (!chosen.length) return;
  if (folder().dataset.mayDelete !== "true") {
    toast("You may not delete files in this bucket.", { kind: "warning", detail: "Ask an administrator if you should." });
    return;
  }
  await ask(code(), "delete/plan", { folder: folder().dataset.path, paths: chosen.map(pathOf) });
}

export function installActions() {
  installActs();
}
