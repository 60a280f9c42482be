// One file on its way, and the words for where it is.

import { groupOf, typeOf } from "./types.js";

/**
 * States, in order: checking (the server is asked), asking (the person is), signed (the others of its batch aren't yet),
 * waiting (for its turn), uploading, finishing (all bytes sent, being confirmed), then one of done, failed (may be
 * retried), refused (may not), skipped, cancelled. An upload in parts would add `paused` between uploading and waiting.
 */
export const ACTIVE = new Set(["checking", "asking", "signed", "waiting", "uploading", "finishing"]);
export const OVER = new Set(["done", "failed", "refused", "skipped", "cancelled"]);

let last = 0;

export class Item {
  constructor({ file, name, target }) {
    last += 1;
    this.id = `u${last}`;
    this.file = file;
    this.name = name;
    this.target = target;
    this.type = typeOf(file);
    this.group = groupOf(this.type);
    this.state = "checking";
    this.onConflict = "ask";
    this.reason = "";
    this.sent = 0;
    this.notBefore = 0;
    this.signed = null;
    this.signedAt = 0;
    this.stored = null;
    this.tries = 0;
    this.denials = 0;
    this.meetings = 0;
    this.mayHaveArrived = false;
    this.losses = new Set();
    this.transfer = null;
  }

  get size() {
    return this.file.size;
  }

  /** The folder it lands in, as the person sees it. */
  get folder() {
    const name = this.signed?.name ?? this.name;
    return this.target.path + name.slice(0, name.lastIndexOf("/") + 1);
  }

  get identity() {
    return `${this.target.code}\n${this.target.path}${this.name}`;
  }

  get isActive() {
    return ACTIVE.has(this.state);
  }

  /** What the server is asked. */
  get wish() {
    return {
      client_id: this.id,
      name: this.name,
      size: this.size,
      content_type: this.type,
      on_conflict: this.onConflict,
    };
  }

  /** Everything as before the first try; a stored file stays stored, so that retrying only confirms. */
  reset() {
    Object.assign(this, { reason: "", tries: 0, denials: 0, meetings: 0, losses: new Set(), sent: this.stored ? this.size : 0 });
  }

  sign(signature, now) {
    this.signed = signature;
    this.signedAt = now;
  }
}
