// Which file goes next, how many at once, and what follows each outcome of a PUT.

import { md5 } from "./md5.js";
import { isReadable, put } from "./put.js";
import { waitBefore, TRIES } from "./patience.js";

const AT_ONCE = 5;
// Signatures live 300 seconds; one that is nearly over is renewed before it is used.
const FRESH_MS = 240_000;
const RENEW_AT_ONCE = 100;
const GATHER_MS = 300;
const UNREADABLE = "This file can’t be read any more. It may have been moved or changed: choose it again.";
const NOT_TAKEN =
  "The storage didn’t take this file from this page: it can’t be reached, or doesn’t let this page upload (CORS). An administrator sees which by “Test connection”.";

export class Queue {
  #ledger;
  #signer;
  #confirmer;
  #running = 0;
  #renewing = false;
  #met = [];
  #asking = false;
  #timer = 0;

  constructor({ ledger, signer, confirmer }) {
    this.#ledger = ledger;
    this.#signer = signer;
    this.#confirmer = confirmer;
    addEventListener("online", () => this.start());
  }

  /** Signs new files, then starts them. */
  async admit(items) {
    await this.#signer.admit(items);
    this.start();
  }

  /** Starts as many waiting files as may run at once. Called whenever one ends or arrives; harmless when none waits. */
  start() {
    const now = Date.now();
    const isDue = (item) => item.state === "waiting" && item.notBefore <= now;
    while (navigator.onLine && this.#running < AT_ONCE) {
      const next = this.#ledger.items.find((item) => isDue(item) && isFresh(item));
      if (next) this.#run(next);
      else break;
    }
    const stale = this.#ledger.items.find((item) => isDue(item) && !isFresh(item));
    if (stale && navigator.onLine && this.#running < AT_ONCE) this.#renew(stale.target);
  }

  cancel(items) {
    this.#signer.cancel(items);
    this.start();
  }

  /** Tries failed files again: those that arrived are only confirmed, the others start over. */
  async retry(items) {
    const failed = items.filter((item) => item.state === "failed");
    for (const item of failed) {
      item.reset();
      if (item.stored) this.#confirmer.take(item);
      else this.#ledger.turn(item, "checking");
    }
    const over = failed.filter((item) => item.state === "checking");
    for (const target of new Set(over.map((item) => item.target))) {
      await this.admit(over.filter((item) => item.target === target));
    }
  }

  async #run(item) {
    this.#running += 1;
    item.sent = 0;
    this.#ledger.turn(item, "uploading");
    let outcome;
    try {
      item.transfer = put({
        url: item.signed.url,
        headers: item.signed.headers,
        body: item.file,
        onProgress: (sent) => this.#ledger.progress(item, sent),
      });
      outcome = await item.transfer.promise;
    } finally {
      item.transfer = null;
      this.#running -= 1;
    }
    if (item.state === "uploading") await this.#after(item, outcome);
    this.start();
  }

  async #after(item, outcome) {
    switch (outcome.kind) {
      case "stored":
        item.stored = { etag: outcome.etag };
        return this.#confirmer.take(item);
      case "exists":
        return this.#meet(item);
      case "denied":
        return this.#deny(item, outcome.code);
      case "lost":
        item.mayHaveArrived ||= outcome.sentWhole;
        item.losses.add(lossOf(outcome));
        if (await isReadable(item.file)) return this.#lose(item);
        return this.#fail(item, UNREADABLE);
      case "busy":
        item.mayHaveArrived ||= outcome.sentWhole;
        return this.#postpone(item, "The storage is busy or not answering.");
      default:
        return this.#fail(item, `The storage refused this file (${outcome.code || outcome.status}).`);
    }
  }

  /** 412: something of that name is there. Our own earlier try counts as success; anybody else's file is asked about. */
  async #meet(item) {
    item.meetings += 1;
    if (item.mayHaveArrived) await this.#compare(item);
    else if (item.meetings > 3) this.#fail(item, "Files of this name keep arriving from somewhere else. Try again later.");
    else this.askAbout(item);
  }

  /** The answer to an earlier try was lost, and the ETag with it: S3 makes it from the content. */
  async #compare(item) {
    let etag;
    try {
      etag = await md5(item.file);
    } catch {
      this.#fail(item, UNREADABLE);
      return;
    }
    if (item.state !== "uploading") return;
    item.stored = { etag, guessed: true };
    this.#confirmer.take(item);
  }

  /** Signs a file whose name was taken meanwhile anew, together with those that meet the same soon after: one question for all. */
  askAbout(item) {
    this.#ledger.turn(item, "checking");
    this.#met.push(item);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#askAboutMet(), GATHER_MS);
  }

  async #askAboutMet() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#met.length) {
        const { target } = this.#met[0];
        const batch = this.#met.filter((item) => item.target === target && item.state === "checking");
        this.#met = this.#met.filter((item) => item.target !== target);
        await this.admit(batch);
      }
    } finally {
      this.#asking = false;
    }
  }

  /** 403: most likely the signature ran out while the file waited; a second one is a missing permission. */
  #deny(item, code) {
    item.denials += 1;
    item.sent = 0;
    item.signedAt = 0;
    if (item.denials === 1) this.#ledger.turn(item, "waiting");
    else this.#fail(item, `The storage doesn’t permit this upload (${code || "403"}). Ask your administrator.`);
  }

  /** A connection ends now here, now there; a refusal by CORS comes each time before the first byte, or after the last. */
  #lose(item) {
    const [loss, another] = item.losses;
    const reason = another || loss !== "nothing" ? "The connection was lost." : "The storage doesn’t answer.";
    if (another || loss === "part") this.#postpone(item, reason);
    else this.#postpone(item, reason, NOT_TAKEN);
  }

  /** Lets `item` wait for another try; after the last one it failed, and `atLast` is said. */
  #postpone(item, reason, atLast = `${reason} Try again.`) {
    item.sent = 0;
    item.tries += navigator.onLine ? 1 : 0;
    if (item.tries >= TRIES) {
      this.#fail(item, atLast);
      return;
    }
    this.#ledger.turn(item, "waiting", reason);
    if (!navigator.onLine) return;
    const wait = waitBefore(item.tries);
    item.notBefore = Date.now() + wait;
    setTimeout(() => this.start(), wait + 20);
  }

  /** New signatures for the next files of `target` whose old ones ran out. */
  async #renew(target) {
    if (this.#renewing) return;
    this.#renewing = true;
    const stale = this.#ledger.items.filter((item) => item.state === "waiting" && item.target === target && !isFresh(item));
    try {
      await this.#signer.admit(stale.slice(0, RENEW_AT_ONCE));
    } finally {
      this.#renewing = false;
    }
    this.start();
  }

  #fail(item, reason) {
    this.#ledger.turn(item, "failed", reason);
  }
}

/** How much had left when a PUT was lost: "nothing", "part" or "whole". */
function lossOf({ sentNothing, sentWhole }) {
  if (sentWhole) return "whole";
  return sentNothing ? "nothing" : "part";
}

function isFresh(item) {
  return Date.now() - item.signedAt < FRESH_MS;
}
