// Further rows come as one scrolls; the server's answer brings the next mark to scroll to.

import { announce } from "../announce.js";
import { rows, tell } from "./place.js";
import { tame } from "./rows.js";

let pending = false;

function onLoad(event) {
  if (pending || !event.target.matches?.("#entries > .entry")) return;
  pending = true;
  queueMicrotask(() => {
    pending = false;
    tame();
    tell("mb:rows-added", {});
    announce(`${rows().length} shown`);
  });
}

function say(event, text, isOver) {
  if (event.detail.target?.id !== "entries") return;
  const mark = document.querySelector("#more > .sentinel");
  if (!mark) return;
  mark.querySelector(".spinner").hidden = isOver;
  mark.querySelector("span:last-child").textContent = text;
}

export function installScrolling() {
  document.addEventListener("htmx:load", onLoad);
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => say(event, "The rest could not be loaded. Try again", true));
  }
  document.addEventListener("htmx:beforeRequest", (event) => say(event, "Loading more…", false));
}
