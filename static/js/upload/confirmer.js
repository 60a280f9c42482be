// After the last byte: the server looks whether S3 really has the file, for many files in one exchange.

import * as doors from "./doors.js";
import { TRIES, whenLikelier } from "./patience.js";

const AT_ONCE = 100;
const GATHER_MS = 120;

export class Confirmer {
  #ledger;
  #doorsOf;
  #met;
  #waiting = [];
  #timer = 0;

  /** `met(item)` is told of a file whose name somebody else's file has taken. */
  constructor({ ledger, doorsOf, met }) {
    this.#ledger = ledger;
    this.#doorsOf = doorsOf;
    this.#met = met;
  }

  /** Confirms `item`, together with those that arrive in the same moment; not so late when others keep arriving. */
  take(item) {
    this.#ledger.progress(item, item.size);
    this.#ledger.turn(item, "finishing");
    this.#waiting.push(item);
    this.#soon();
  }

  #soon() {
    this.#timer ||= setTimeout(() => this.#run(), GATHER_MS);
  }

  async #run() {
    const { code } = this.#waiting[0].target;
    const batch = this.#waiting.filter((item) => item.target.code === code).slice(0, AT_ONCE);
    this.#waiting = this.#waiting.filter((item) => !batch.includes(item));
    try {
      await this.#confirm(code, batch.filter((item) => item.state === "finishing"));
    } finally {
      // Something unexpected with these is no reason to forget the others.
      this.#timer = 0;
      if (this.#waiting.length) this.#soon();
    }
  }

  async #confirm(code, items) {
    if (!items.length) return;
    let answers;
    try {
      answers = await doors.confirm(this.#doorsOf(code), items.map((item) => ({ id: item.signed.id, etag: item.stored.etag })));
    } catch (problem) {
      const isExpected = problem instanceof doors.Unanswered;
      for (const item of items) this.#later(item, isExpected ? problem : { message: "Try again.", again: false });
      if (!isExpected) throw problem;
      return;
    }
    for (const item of items) this.#judge(item, answers.get(item.signed.id));
  }

  #later(item, problem) {
    // What is tried without a network tells nothing.
    item.tries += navigator.onLine ? 1 : 0;
    if (problem.again && item.tries < TRIES) {
      whenLikelier(item.tries).then(() => item.state === "finishing" && this.take(item));
    } else {
      this.#fail(item, `The file has arrived, but couldn’t be checked. ${problem.message}`);
    }
  }

  #judge(item, answer) {
    if (item.state !== "finishing") return;
    if (answer?.state === "present") {
      this.#ledger.turn(item, "done");
      return;
    }
    const { guessed } = item.stored;
    item.stored = null;
    item.mayHaveArrived = false;
    if (answer?.state === "different" && guessed) this.#met(item);
    else if (answer?.state === "different") this.#fail(item, "Somebody else’s file has taken this name.");
    else this.#fail(item, "The file didn’t arrive. Try again.");
  }

  #fail(item, reason) {
    this.#ledger.turn(item, "failed", reason);
  }
}
