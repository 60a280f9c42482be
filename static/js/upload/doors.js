// The three exchanges with our server. htmx posts metadata; a fragment comes back and is read where it landed.

import { toast } from "../toast.js";

const SIGNED_OUT = "You were signed out. Sign in again, then retry.";
let signInOffer = null;

export class Unanswered extends Error {
  /** `again`: asking later may help. `message` is a sentence for the person. */
  constructor(message, again) {
    super(message);
    this.again = again;
  }
}

/** Asks for signatures. Returns {signed, conflicts (a dialog or null), refused, skipped}; see templates/files/tray_answer.html. */
export async function prepare(doors, folder, wanted) {
  const answer = await post(doors.prepare, { folder, files: JSON.stringify(wanted) });
  const rows = [...answer.querySelectorAll("[data-answer]")];
  const of = (kind) => rows.filter((row) => row.dataset.answer === kind);
  return {
    signed: of("signed").map(signature),
    refused: of("refused").map((row) => ({ client: row.dataset.client, reason: row.textContent.trim() })),
    skipped: of("skipped").map((row) => row.dataset.client),
    conflicts: answer.querySelector("dialog"),
  };
}

function signature(row) {
  const headers = {};
  for (const header of row.querySelectorAll("data")) headers[header.dataset.header] = header.value;
  const { client, id, name, url } = row.dataset;
  return { client, id, name, url, headers };
}

/** Whether S3 has what was uploaded ({id, etag} each): a Map from upload id to {state}, present, missing or different. */
export async function confirm(doors, sent) {
  const answer = await post(doors.confirm, { uploads: JSON.stringify(sent) });
  return new Map([...answer.querySelectorAll("[data-id]")].map((row) => [row.dataset.id, { state: row.dataset.state }]));
}

export async function cancel(doors, ids) {
  await post(doors.cancel, { ids: JSON.stringify(ids) });
}

/** Each exchange has an element of its own: htmx lets one element wait for one answer only. */
function post(url, values) {
  const place = document.createElement("div");
  document.getElementById("upload-answers").append(place);
  return new Promise((resolve, reject) => {
    // The row says what is wrong; a toast for each try would say it again and again.
    for (const failure of ["htmx:sendError", "htmx:responseError"]) {
      place.addEventListener(failure, (event) => event.stopPropagation());
    }
    let isRefusal = false;
    place.addEventListener("toast", (event) => {
      if (isRefusal) event.stopPropagation();
    });
    place.addEventListener("htmx:beforeOnLoad", (event) => {
      isRefusal = event.detail.xhr.status >= 400;
      if (event.detail.xhr.status !== 401) return;
      // htmx would leave the page for the login, and the chosen files are known to this page alone.
      event.preventDefault();
      offerToSignIn(event.detail.xhr.getResponseHeader("HX-Redirect") ?? "/login");
    });
    place.addEventListener("htmx:afterRequest", ({ detail }) => {
      place.remove();
      if (detail.successful) resolve(place);
      else reject(unanswered(detail.xhr));
    });
    window.htmx.ajax("POST", url, { source: place, target: place, swap: "innerHTML", values }).catch(() => {});
  });
}

/** Signing in happens in another tab; one offer is enough for all that was refused. */
export function offerToSignIn(href) {
  if (signInOffer?.isConnected) return;
  const detail = "Sign in again in a new tab, then come back and retry.";
  signInOffer = toast("You were signed out.", { kind: "error", detail, action: { label: "Sign in", href, newTab: true } });
}

function unanswered(xhr) {
  if (xhr.status === 401) return new Unanswered(SIGNED_OUT, false);
  const said = saidByServer(xhr);
  // A 502 in our server's words: the storage refused, and will again. One without words is a proxy's, before our server.
  const again = xhr.status === 0 || xhr.status === 429 || (xhr.status >= 500 && !(xhr.status === 502 && said));
  if (said) return new Unanswered(said, again);
  if (xhr.status === 0) return new Unanswered("MediaBridge can’t be reached.", again);
  return new Unanswered(`MediaBridge answered with an error (${xhr.status}).`, again);
}

/** The sentence of the toast that an error answer carries, or its text. */
function saidByServer(xhr) {
  try {
    const events = JSON.parse(xhr.getResponseHeader("HX-Trigger") ?? "{}");
    const said = (events["mb:toast"] ?? events.toast)?.text;
    if (said) return said;
  } catch {
    // No events: the text itself is left.
  }
  const isText = (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
  return isText && xhr.responseText.length < 300 ? xhr.responseText.trim() : "";
}
