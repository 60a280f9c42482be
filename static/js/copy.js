// Copying text. `data-copy="#id"` copies the value of that field, `data-copy-text="…"` the text itself.

import { toast } from "./toast.js";

/** Copies `text`; resolves to whether it worked. Over plain HTTP browsers offer only the old way. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text);
  }
}

function copyTheOldWay(text) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  // Inside a modal dialog nothing outside it can be selected.
  (before?.closest("dialog[open]") ?? document.body).append(area);
  area.select();
  const worked = document.execCommand("copy");
  area.remove();
  before?.focus?.();
  return worked;
}

export function installCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy], [data-copy-text]");
    if (!button) return;
    const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
    const text = source ? source.value ?? source.textContent : button.dataset.copyText;
    if (await copyText(text)) toast("Copied.", { kind: "success" });
    else toast("Your browser does not allow copying here. Select the text and copy it yourself.", { kind: "error" });
  });
}
