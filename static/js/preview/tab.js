// A file in a tab of its own. The server is asked for its address, so that opening is on record.

import { toast } from "../toast.js";

/** Opens a tab at once, as browsers let a click do only then, and leads it to `path` when the door has answered. */
export function openTab(door, path) {
  const tab = window.open("about:blank", "_blank");
  if (!tab) {
    toast("Your browser blocked the new tab.", { kind: "warning", detail: "Allow this site to open tabs, then try again." });
    return;
  }
  tab.opener = null;
  // An element of its own: the answer finds its tab also when the preview has gone on to another file.
  const place = document.createElement("div");
  document.body.append(place);
  let isLed = false;
  place.addEventListener("mb:open", ({ detail }) => {
    isLed = true;
    tab.location.replace(detail.url);
  });
  place.addEventListener("htmx:afterRequest", () => {
    place.remove();
    // A toast has said why.
    if (!isLed) tab.close();
  });
  window.htmx.ajax("POST", door, { source: place, target: place, swap: "none", values: { path } }).catch(() => {});
}
