// From chosen files to signed ones: the server is asked in batches, and the person once about names that are taken.

import * as doors from "./doors.js";
import { TRIES, whenLikelier } from "./patience.js";

const AT_ONCE = 500;
const ROUNDS = 3;
const LANDED_MS = 500;

export class Signer {
  #ledger;
  #doorsOf;
  #ask;

  /** `doorsOf(code)` gives a bucket's URLs; `ask(dialogs)` resolves to a Map from item id to choice, or null for none. */
  constructor({ ledger, doorsOf, ask }) {
    this.#ledger = ledger;
    this.#doorsOf = doorsOf;
    this.#ask = ask;
  }

  /** Brings `items` (of one target) to "waiting", or to where they end. Nothing is let go before every question is answered. */
  async admit(items) {
    for (let round = 0; round < ROUNDS; round += 1) {
      const dialogs = await this.#signAll(items.filter((item) => ["checking", "waiting"].includes(item.state)));
      const open = items.filter((item) => item.state === "asking");
      if (!open.length) break;
      const choices = await this.#ask(dialogs);
      if (!choices) {
        this.cancel(items);
        return;
      }
      this.#settle(open, choices);
    }
    this.#end(items.filter((item) => item.state === "checking"), "failed", "This name is still taken. Try again.");
    for (const item of items) if (item.state === "signed") this.#ledger.turn(item, "waiting");
  }

  async #signAll(items) {
    const dialogs = [];
    for (let start = 0; start < items.length; start += AT_ONCE) {
      const dialog = await this.#sign(items.slice(start, start + AT_ONCE));
      if (dialog) dialogs.push(dialog);
    }
    return dialogs;
  }

  #settle(open, choices) {
    for (const item of open.filter((one) => one.isActive)) {
      item.onConflict = choices.get(item.id) ?? "skip";
      this.#ledger.turn(item, item.onConflict === "skip" ? "skipped" : "checking");
    }
    this.#tellCancelled(open.filter((item) => item.state === "skipped" && item.signed));
  }

  /** One exchange for `items` of one target. While names are taken none is signed, and the dialog that asks is returned. */
  async #sign(items) {
    const wanted = items.filter((item) => item.isActive);
    if (!wanted.length) return null;
    const { target } = wanted[0];
    const asked = Date.now();
    let answer;
    try {
      answer = await this.#answer(target, wanted.map((item) => item.wish));
    } catch (problem) {
      const isExpected = problem instanceof doors.Unanswered;
      this.#end(wanted, "failed", isExpected ? problem.message : "Something went wrong in this page. Try again.");
      if (!isExpected) throw problem;
      return null;
    }
    this.#take(wanted, answer, asked);
    return answer.conflicts;
  }

  async #answer(target, wishes) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await doors.prepare(this.#doorsOf(target.code), target.path, wishes);
      } catch (problem) {
        if (!problem.again || tries >= TRIES) throw problem;
        await whenLikelier(tries);
      }
    }
  }

  #take(items, answer, asked) {
    const open = new Map(items.map((item) => [item.id, item]));
    const next = (client, state, reason) => {
      const item = open.get(client);
      open.delete(client);
      if (item?.isActive) this.#ledger.turn(item, state, reason);
    };
    const unused = [];
    for (const signature of answer.signed) {
      const item = open.get(signature.client);
      if (!item) continue;
      if (item.signed) unused.push({ target: item.target, signed: item.signed });
      item.sign(signature, asked);
      if (!item.isActive) unused.push(item);
      next(signature.client, "signed");
    }
    for (const { client, reason } of answer.refused) next(client, "refused", reason);
    for (const client of answer.skipped) next(client, "skipped");
    this.#tellCancelled(unused);
    if (!answer.conflicts) {
      this.#end([...open.values()], "failed", "MediaBridge gave no answer about this file.");
      return;
    }
    for (const { dataset } of answer.conflicts.querySelectorAll("[data-client]")) next(dataset.client, "asking");
    this.#end([...open.values()], "checking");
  }

  /** Stops `items` that aren't sent whole yet, and tells the server which signatures won't be used. */
  cancel(items) {
    const active = items.filter((item) => item.isActive && item.state !== "finishing");
    const begun = active.filter((item) => item.transfer || item.mayHaveArrived);
    for (const item of active) item.transfer?.abort();
    this.#end(active, "cancelled");
    this.#tellCancelled(active.filter((item) => item.signed));
    setTimeout(() => this.#lookFor(begun), LANDED_MS);
  }

  /** Some of these may have arrived before they were stopped: what is in the bucket is uploaded, whatever was meant. */
  async #lookFor(begun) {
    for (const code of new Set(begun.map((item) => item.target.code))) {
      const items = begun.filter((item) => item.target.code === code);
      // Should this get lost, the server finds them by itself some minutes later.
      const answers = await doors.confirm(this.#doorsOf(code), items.map((item) => ({ id: item.signed.id }))).catch(() => new Map());
      for (const item of items) {
        if (item.state !== "cancelled" || answers.get(item.signed.id)?.state !== "present") continue;
        this.#ledger.progress(item, item.size);
        this.#ledger.turn(item, "done");
      }
    }
  }

  /** `items`: whatever has `target` and `signed`. */
  #tellCancelled(items) {
    for (const code of new Set(items.map((item) => item.target.code))) {
      const ids = items.filter((item) => item.target.code === code).map((item) => item.signed.id);
      // The server forgets a signed upload by itself after some minutes: a lost message changes nothing.
      doors.cancel(this.#doorsOf(code), ids).catch(() => {});
    }
  }

  #end(items, state, reason) {
    for (const item of items) if (item.isActive) this.#ledger.turn(item, state, reason);
  }
}
