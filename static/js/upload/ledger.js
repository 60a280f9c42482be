// All files of this page's uploads, in the order they were chosen, and the one place where their state changes.

import { OVER } from "./item.js";

export class Ledger extends EventTarget {
  items = [];
  sentAltogether = 0;

  add(items) {
    this.items.push(...items);
    this.#tell("listed");
  }

  turn(item, state, reason = "") {
    item.state = state;
    item.reason = reason;
    item.notBefore = 0;
    this.changed(item);
  }

  progress(item, sent) {
    this.sentAltogether += Math.max(0, sent - item.sent);
    item.sent = sent;
    this.changed(item);
  }

  changed(item) {
    this.dispatchEvent(new CustomEvent("changed", { detail: item }));
  }

  /** Forgets what is over: everything, or only what needs no more attention. */
  forget({ failedToo = false } = {}) {
    const stays = (item) => !OVER.has(item.state) || (!failedToo && ["failed", "refused"].includes(item.state));
    this.items = this.items.filter(stays);
    this.#tell("listed");
  }

  in(...states) {
    return this.items.filter((item) => states.includes(item.state));
  }

  get isActive() {
    return this.items.some((item) => item.isActive);
  }

  /** A file on its way to the same place, so that a second drop of it does nothing. */
  underWay(identity) {
    return this.items.some((item) => item.isActive && item.identity === identity);
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }
}
