// @ts-check
/*
MediaBridge's JSON API for pages of yours. It imports nothing: load it from your MediaBridge, or keep a copy.
Their origin must be the server's FRONTEND_URL, or the server's own.

  import { WireClient, WireError } from "https://media.example.com/static/js/wire_client.js";

  const wire = new WireClient("https://media.example.com/api");
  wire.addEventListener("signedout", ({ detail }) => showLogin(detail.code, detail.message)); // once, a WireError
  if (!(await wire.resume())) await wire.signIn(email, password); // after a reload the cookie is enough
  const { items, total } = await wire.request(`/buckets/${bucketId}/files?prefix=photos/`);
  const [{ presignedUrl }] = await wire.request("/upload/presign", {
    method: "POST",
    json: [{ bucketId, path: "photos/", filename: file.name, size: file.size, contentType: file.type }],
    signal: AbortSignal.timeout(10_000),
  });
  const headers = { "Content-Type": file.type, "Content-Disposition": "inline" };
  await fetch(presignedUrl, { method: "PUT", body: file, headers });
  socket.send(JSON.stringify({ token: await wire.token(), q, prefix, scope: "level" }));
  await wire.signOut();

Access tokens are kept in memory, for minutes. When one expires, whatever was asked waits for one refresh and is asked
again; of all tabs one refreshes and tells the others. Calls that come too fast (429) wait as the server says, a minute
at most. Nothing else is repeated: it might have been done. What fails is a WireError; what you abort, your signal's reason.
*/

const TRIES = 5;
const LONGEST_WAIT_MS = 60_000;
const REFRESH_WITHIN_MS = 30_000;
/** Whoever finds the cookie used asks again after this: a page that was left meanwhile may have brought the next one. */
const LOST_RACE_MS = 500;
/** The lock is kept so long after a refresh, for its news to arrive before another tab's turn comes. */
const NEWS_MS = 100;
const EXPIRES_SOON_MS = 60_000;
const OVER = ["UNAUTHORIZED", "FORCE_LOGGED_OUT", "REFRESH_TOKEN_USED"];

/**
 * What the server refused, or why it could not be asked. `code` is the server's, such as RATE_LIMITED, or NETWORK (status 0),
 * HTTP_502 (an answer without a code), SIGNED_OUT, SOMEBODY_ELSE. `message` is a sentence for the person; `details` may say
 * which `field` is at fault, what `limit` (of bytes, or how many) was exceeded, and when to come back: `retry_after` (seconds).
 */
export class WireError extends Error {
  /** @param {string} code @param {string} message @param {number} [status] @param {Record<string, any>} [details] */
  constructor(code, message, status = 0, details = {}) {
    super(message);
    this.name = "WireError";
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** One stay of one person. What was asked under one is never asked under another. `news` ends the wait for other tabs. */
class Session {
  token = "";
  person = "";
  expires = 0;
  news = () => {};
  over = /** @type {WireError | undefined} */ (undefined);
  refreshing = /** @type {Promise<void> | undefined} */ (undefined);
}

export class WireClient extends EventTarget {
  #session = /** @type {Session | undefined} */ (undefined);
  /** What `resume` is about to begin. */
  #coming = /** @type {Session | undefined} */ (undefined);
  #base;
  #name;
  #channel;

  /** @param {string} base Where the API is, such as "https://media.example.com/api". */
  constructor(base) {
    super();
    this.#base = base.replace(/\/+$/, "");
    this.#name = `mediabridge ${this.#base}`;
    // Access tokens go over it, to pages of this origin alone. They have the cookie as well, and could ask for their own.
    this.#channel = globalThis.BroadcastChannel && new BroadcastChannel(this.#name);
    this.#channel?.addEventListener("message", ({ data }) => this.#hear(data));
  }

  get isSignedIn() {
    return Boolean(this.#session);
  }

  /** Too many tries are not waited out: `details.retry_after` of the WireError says how long a person must.
   * @param {string} email @param {string} password */
  async signIn(email, password) {
    await this.#alone(async () => {
      const { token } = await this.#ask("/auth/login", { method: "POST", json: { email, password } });
      if (this.#session) this.#session.over = new WireError("SIGNED_OUT", "Somebody signed in anew.");
      this.#session = new Session();
      this.#take(this.#session, token);
      this.#channel?.postMessage({ token });
    });
  }

  /** Goes on with the cookie alone. False when nobody is signed in. */
  async resume() {
    if (this.#session) return true;
    const session = (this.#coming ??= new Session());
    try {
      await this.#refresh(session);
      this.#session ??= session;
    } catch (problem) {
      if (!session.over) throw problem;
    } finally {
      this.#coming = undefined;
    }
    return this.isSignedIn;
  }

  /** Ends the session, in all tabs. When it fails, the session is not over. */
  async signOut() {
    const session = this.#session;
    await this.#alone(() => this.#ask("/auth/logout", { method: "POST", token: session?.token }));
    if (session) this.#end(session, new WireError("SIGNED_OUT", "You signed out."));
  }

  /** An access token that is good for a while, for the first message of a socket. */
  async token() {
    const session = this.#session;
    if (!session) throw new WireError("UNAUTHORIZED", "You are not signed in.", 401);
    if (Date.now() > session.expires - EXPIRES_SOON_MS) await this.#refresh(session);
    return session.token;
  }

  /**
   * What the server answers, from JSON.
   * @param {string} path Such as "/buckets".
   * @param {{method?: string, json?: unknown, signal?: AbortSignal}} [options]
   * @returns {Promise<any>}
   */
  async request(path, { method = "GET", json, signal } = {}) {
    const session = this.#session;
    let hasRefreshed = false;
    for (let tries = 1; ; ) {
      const token = session?.token;
      try {
        return await this.#ask(path, { method, json, signal, token });
      } catch (problem) {
        if (!(problem instanceof WireError)) throw problem;
        if (problem.status === 429 && tries < TRIES) await patience(problem, tries++, signal);
        else if (!session || problem.status !== 401) throw problem;
        else if (problem.code !== "TOKEN_EXPIRED") throw this.#over(session, problem);
        else if (token === session.token && hasRefreshed) throw problem;
        else if (token === session.token) {
          hasRefreshed = true;
          await unlessAborted(this.#refresh(session), signal);
        }
      }
      if (session?.over) throw session.over;
    }
  }

  /** Lets go of the other tabs, for a client that is used no more. */
  close() {
    this.#channel?.close();
  }

  /** @param {string} path @param {{method: string, json?: unknown, signal?: AbortSignal, token?: string, keepalive?: boolean}} options */
  async #ask(path, { json, token, ...options }) {
    if (!path.startsWith("/")) throw new TypeError(`A path begins with "/": ${path}`);
    const body = JSON.stringify(json);
    const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }) };
    let answer, response;
    try {
      // The server never sends anybody elsewhere, and a token is for nobody else.
      const safely = { credentials: "include", redirect: "error" };
      response = await fetch(this.#base + path, { ...options, ...safely, headers, body });
      answer = await response.text();
    } catch (problem) {
      options.signal?.throwIfAborted();
      throw new WireError("NETWORK", "MediaBridge can’t be reached.", 0, { reason: String(problem) });
    }
    return read(answer, response);
  }

  /** A new token for `session`: however many ask, in this tab and others, one asks the server. @param {Session} session */
  #refresh(session) {
    return (session.refreshing ??= this.#inTurn(session).finally(() => (session.refreshing = undefined)));
  }

  /** @param {Session} session @returns {Promise<void>} */
  #inTurn(session) {
    const old = session.token;
    const waiting = new AbortController();
    session.news = () => waiting.abort();
    return new Promise((resolve, reject) => {
      const settle = () => (session.over ? reject(session.over) : resolve());
      const turn = async () => {
        if (session.over || session.token !== old) return settle();
        // Whoever waits here goes on at once; only the lock is kept.
        await this.#rotate(session).then(settle, reject);
        return pause(NEWS_MS);
      };
      this.#alone(turn, waiting.signal).catch((problem) => (waiting.signal.aborted ? settle() : reject(problem)));
    });
  }

  /** @param {Session} session */
  async #rotate(session) {
    const old = session.token;
    for (let tries = 1; session.token === old && !session.over; tries += 1) {
      try {
        // Goes on when the page is left: by then the server may have used up the cookie.
        const options = { method: "POST", keepalive: true, signal: AbortSignal.timeout(REFRESH_WITHIN_MS) };
        const { token } = await this.#ask("/auth/refresh", options);
        if (!session.over) this.#take(session, token);
        this.#channel?.postMessage({ token });
        return;
      } catch (problem) {
        if (!(problem instanceof WireError)) throw new WireError("NETWORK", "MediaBridge does not answer.");
        if (problem.code === "REFRESH_TOKEN_USED" && tries === 1) await pause(LOST_RACE_MS);
        else if (problem.status === 429 && tries < TRIES) await patience(problem, tries);
        else throw this.#over(session, problem);
      }
    }
  }

  /** @param {Session} session @param {string} token */
  #take(session, token) {
    // Only looked at: what a token is worth, the server judges.
    const { sub, iat, exp } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    const isElse = session.person && session.person !== sub;
    if (isElse) this.#end(session, new WireError("SOMEBODY_ELSE", "Somebody else signed in in this browser."));
    else Object.assign(session, { token, person: sub, expires: Date.now() + (exp - iat) * 1000 }).news();
  }

  /** What to throw for `problem`, after which the session may be over. @param {Session} session @param {WireError} problem */
  #over(session, problem) {
    if (OVER.includes(problem.code)) this.#end(session, problem);
    return session.over ?? problem;
  }

  /** @param {Session} session @param {WireError} reason */
  #end(session, reason, isNews = true) {
    if (session.over) return;
    session.over = reason;
    session.news();
    if (this.#session === session) this.#session = undefined;
    const { code, message, status } = reason;
    if (isNews && session.person) this.#channel?.postMessage({ over: [code, message, status], person: session.person });
    // Nobody was signed in: that is no end.
    if (session.person || code !== "UNAUTHORIZED") this.dispatchEvent(new CustomEvent("signedout", { detail: reason }));
  }

  /** @param {{token?: string, over?: [string, string, number], person?: string}} news From another tab. */
  #hear({ token, over, person }) {
    for (const session of [this.#session, this.#coming]) {
      if (!session || session.over) continue;
      if (token) this.#take(session, token);
      else if (over && person === session.person) this.#end(session, new WireError(...over), false);
    }
  }

  /** Whatever changes the cookie, one tab at a time. Without TLS browsers offer no locks; then the server tells who was first.
   * @param {() => Promise<any>} work @param {AbortSignal} [signal] */
  #alone(work, signal) {
    const locks = globalThis.navigator?.locks;
    return locks ? locks.request(this.#name, signal ? { signal } : {}, work) : work();
  }
}

/** @param {string} text @param {Response} response */
function read(text, { ok, status, headers }) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    // A proxy's words, not the server's.
  }
  if (ok && answer) return answer;
  const { code = `HTTP_${status}`, message = `The server answered ${status}.`, details } = answer ?? {};
  const wait = Number(headers.get("Retry-After"));
  throw new WireError(code, message, status, { ...details, ...(wait && { retry_after: wait }) });
}

/** Waits as long as the server says, and a little more, lest all who wait come back together.
 * @param {WireError} problem @param {number} tries @param {AbortSignal} [signal] */
async function patience(problem, tries, signal) {
  const backoff = 250 * 2 ** tries;
  const wait = problem.details.retry_after * 1000 || backoff;
  if (wait > LONGEST_WAIT_MS) throw problem;
  await unlessAborted(pause(wait + Math.random() * backoff), signal);
}

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Promise<any>} promise @param {AbortSignal} [signal] */
function unlessAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal?.reason);
    signal?.addEventListener("abort", stop);
    promise.then(resolve, reject).finally(() => signal?.removeEventListener("abort", stop));
    if (signal?.aborted) stop();
  });
}
