// Modules that are fetched when first needed. What happens meanwhile waits for them, in order.

import { toast } from "./toast.js";

/** Runs `load` (a dynamic import) at the first event `name`, then plays every event that came until it was there. */
export function loadOn(name, load) {
  let waiting = [];
  document.addEventListener(name, hold);

  async function hold(event) {
    event.preventDefault();
    waiting.push(event.detail);
    if (waiting.length > 1) return;
    try {
      await load();
    } catch {
      waiting = [];
      toast("A part of this page couldn’t be loaded.", { kind: "error", detail: "Check your connection, then try again." });
      return;
    }
    document.removeEventListener(name, hold);
    for (const detail of waiting) document.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));
  }
}
