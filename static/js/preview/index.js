// The preview comes when first a file is opened in the folder, or gone forward to. A file's own page brings it at once.

import { loadOn } from "../lazy.js";

let isHere = false;

loadOn("mb:open-preview", load);
addEventListener("popstate", async ({ state: entry }) => {
  // Once it is here it listens for itself.
  if (!isHere && entry?.mb === "preview") (await load()).follow(entry);
});

async function load() {
  const preview = await import("./start.js");
  isHere = true;
  return preview;
}
