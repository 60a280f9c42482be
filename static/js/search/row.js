// A hit as a row: its name with the match marked, where it lies, what it is.

import { size } from "../upload/words.js";
import { inFolder, inName, marked } from "./matching.js";

// Control characters, those that turn a name's letters around, and halves of characters.
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Cs}/gu;
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const longDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const template = document.getElementById("hit-template").content.firstElementChild;
const types = Object.fromEntries(piecesOf("hit-types").map((piece) => [piece.dataset.type, piece.firstElementChild]));
const classes = Object.fromEntries(piecesOf("classes").map((piece) => [piece.dataset.class, piece.textContent]));

function piecesOf(id) {
  return [...document.getElementById(id).content.children];
}

export const shownName = (name) => name.replace(UNSEEN, "\ufffd") || "(no name)";

/** The row of `entry`, drawn for what was looked for. */
export function rowOf(entry, { needle, isChosen, isStanding }) {
  const row = template.cloneNode(true);
  const find = (selector) => row.querySelector(selector);
  const name = shownName(entry.name);
  Object.assign(row.dataset, { name: entry.name, kind: entry.kind, path: entry.path, code: entry.bucket.code });
  row.setAttribute("aria-selected", String(isChosen));
  find(".is-thumb").append((types[entry.group] ?? types.other).cloneNode(true));
  drawName(row, entry, name, needle);
  drawFolder(find(".hit-folder"), entry, needle);
  find(".is-size").textContent = entry.kind === "file" ? size(entry.size ?? 0) : "";
  if (entry.at) find(".is-date").append(timeOf(entry.at));
  find(".entry-meta").textContent = entry.kind === "file" ? `${size(entry.size ?? 0)} · ${said(new Date(entry.at))}` : "Folder";
  const [box, menu] = [find(".checkbox"), find(".is-menu > .button")];
  if (entry.path) {
    box.checked = isChosen;
    box.setAttribute("aria-label", `Select ${name}`);
    menu.setAttribute("aria-label", `Actions for ${name}`);
  } else {
    row.classList.add("is-unreachable");
    row.setAttribute("aria-disabled", "true");
    box.remove();
    menu.remove();
  }
  if (isStanding) for (const part of [row, ...row.querySelectorAll("a, button, input")]) part.tabIndex = 0;
  return row;
}

function drawName(row, entry, name, needle) {
  const link = row.querySelector(".entry-name");
  link.append(name === entry.name ? marked(name, inName(name, needle)) : name);
  link.title = entry.unreachable || name;
  if (entry.href) link.href = entry.href;
  if (entry.unreachable) link.after(badge("Can’t be opened", "is-warning", entry.unreachable));
  else if (entry.archived) {
    row.classList.add("is-archived");
    const mark = document.getElementById("hit-archive").content.firstElementChild.cloneNode(true);
    mark.querySelector("span").textContent = classes[entry.storage] ?? entry.storage;
    link.after(mark);
  } else if (entry.storage && entry.storage !== "STANDARD") link.after(badge(classes[entry.storage] ?? entry.storage, "", "Storage class"));
}

function badge(text, kind, title) {
  const mark = document.createElement("span");
  mark.className = `badge ${kind}`.trim();
  mark.textContent = text;
  mark.title = title;
  return mark;
}

function drawFolder(link, entry, needle) {
  const path = entry.folder.replace(UNSEEN, "\ufffd");
  if (entry.folderHref) link.href = entry.folderHref;
  link.title = `${entry.bucket.title} / ${path}`;
  link.append(`${entry.bucket.title} / `, path === entry.folder ? marked(path, inFolder(path, needle)) : path);
}

/** A moment, as ISO 8601 has it, for people. */
export function timeOf(at) {
  const time = document.createElement("time");
  const moment = new Date(at);
  Object.assign(time, { dateTime: at, title: exact.format(moment), textContent: said(moment) });
  return time;
}

/** `moment` as the server says it. */
export function said(moment, now = new Date()) {
  const seconds = (now - moment) / 1000;
  const days = Math.round((Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()) - Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate())) / 86_400_000);
  if (Math.abs(seconds) < 60) return "just now";
  if (seconds > 0 && seconds < 3600) return ago(Math.floor(seconds / 60), "minute");
  if (seconds > 0 && seconds < 86_400 && (days === 0 || seconds < 43_200)) return ago(Math.floor(seconds / 3600), "hour");
  if (days > 0 && days < 7) return days === 1 ? "yesterday" : `${days} days ago`;
  return (moment.getUTCFullYear() === now.getUTCFullYear() ? day : longDay).format(moment);
}

const ago = (number, unit) => `${number} ${unit}${number === 1 ? "" : "s"} ago`;
