// Files dropped anywhere on the page, or picked, go to the open folder, or to the one they are dropped on.

import { toast } from "../toast.js";
import { entryOf, folder, tell } from "./place.js";

let depth = 0;
let target = null;

const hasFiles = (event) => event.dataTransfer?.types.includes("Files") && folder() && !document.querySelector("dialog[open]");
const mayUpload = () => folder().dataset.mayUpload === "true";

function destination() {
  const { code, path, title, sizeLimit } = folder().dataset;
  const entry = target && entryOf(target);
  const into = entry ? { path: entry.path, title: `${title} / ${entry.name}` } : { path, title };
  return { code, ...into, sizeLimit: Number(sizeLimit) };
}

function send(files, entries) {
  if (!files.length && !entries.length) return;
  tell("mb:upload-files", { ...destination(), files, entries });
}

function aim(row) {
  target?.removeAttribute("data-dropping");
  target = row?.dataset.kind === "folder" && entryOf(row) ? row : null;
  target?.setAttribute("data-dropping", "");
  document.getElementById("drop-target").textContent = destination().title;
}

function lift() {
  depth = 0;
  target?.removeAttribute("data-dropping");
  target = null;
  document.getElementById("drop-veil").hidden = true;
}

function onOver(event) {
  if (!hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = mayUpload() ? "copy" : "none";
  if (!mayUpload()) return;
  document.getElementById("drop-veil").hidden = false;
  const row = event.target.closest?.("#entries > .entry");
  if (row !== target || !document.getElementById("drop-target").textContent) aim(row);
}

function onDrop(event) {
  if (!hasFiles(event)) return;
  event.preventDefault();
  if (!mayUpload()) {
    lift();
    toast("You may not upload to this bucket.", { kind: "warning", detail: "Ask an administrator if you should." });
    return;
  }
  // The list of what was dropped is empty as soon as this handler returns.
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = entries.length ? [] : [...event.dataTransfer.files];
  send(files, entries);
  lift();
}

function onPicked(event) {
  const input = event.target;
  if (!["pick-files", "pick-folder"].includes(input.id)) return;
  send([...input.files], []);
  input.value = "";
}

export function installDropping() {
  addEventListener("dragenter", (event) => {
    if (hasFiles(event)) depth += 1;
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth -= 1;
    if (depth <= 0) lift();
  });
  addEventListener("dragover", onOver);
  addEventListener("drop", onDrop);
  document.addEventListener("change", onPicked);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-pick]");
    if (button) document.getElementById(button.dataset.pick).click();
  });
}
