// The socket searches go over. One for the page, opened with the first search, and again when it was lost meanwhile.

const SIGNED_OUT = 4401;
const OPENS_WITHIN = 8_000;
const IDLE = 60_000;

export class Line {
  /** `heard(message)` for every message; `lost(wasOpen)` when it can't be opened, or is lost while a search goes over it. */
  constructor({ heard, lost }) {
    Object.assign(this, { heard, lost, socket: null, waiting: null, isBusy: false, idle: 0 });
  }

  search(order) {
    this.isBusy = true;
    this.#say({ type: "search", ...order });
  }

  stop(search) {
    this.rest();
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "stop", search }));
    else this.waiting = null;
  }

  /** Nothing is under way any more: a line that stays idle is closed. */
  rest() {
    this.isBusy = false;
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.close(), IDLE);
  }

  close() {
    const mine = this.socket;
    this.socket = null;
    this.waiting = null;
    this.isBusy = false;
    clearTimeout(this.idle);
    // One that is still being opened would complain on the console.
    if (mine?.readyState === WebSocket.CONNECTING) mine.addEventListener("open", () => mine.close());
    else mine?.close();
  }

  #say(message) {
    clearTimeout(this.idle);
    this.waiting = message;
    if (!this.socket) this.#open();
    else if (this.socket.readyState === WebSocket.OPEN) this.#flush();
  }

  #flush() {
    if (this.waiting) this.socket.send(JSON.stringify(this.waiting));
    this.waiting = null;
  }

  #open() {
    const mine = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws/search`);
    let wasOpen = false;
    this.socket = mine;
    const patience = setTimeout(() => {
      if (this.socket === mine && !wasOpen) this.#gone(mine, false);
    }, OPENS_WITHIN);
    mine.addEventListener("open", () => {
      wasOpen = true;
      clearTimeout(patience);
      if (this.socket === mine) this.#flush();
    });
    mine.addEventListener("message", ({ data }) => {
      if (this.socket === mine) this.heard(JSON.parse(data));
    });
    mine.addEventListener("close", ({ code }) => {
      clearTimeout(patience);
      // What ended the session is said by the page's other socket, and leads to the login page.
      if (this.socket === mine) this.#gone(mine, wasOpen, code === SIGNED_OUT);
    });
  }

  #gone(mine, wasOpen, isSignedOut = false) {
    const wasBusy = this.isBusy;
    this.close();
    if (wasBusy && !isSignedOut) this.lost(wasOpen);
    if (isSignedOut) location.reload();
  }
}
