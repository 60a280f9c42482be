// One socket tells this page that its session is over. Without it the page works all the same: its next request learns it.

const SIGNED_OUT = 4401;
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
const STEADY_MS = 5000;
// Whoever signs out here is on the way to the login page already.
const OWN_GOODBYE_MS = 1500;

const owner = document.querySelector('meta[name="page-of"]')?.content ?? "";
const address = `${location.origin.replace(/^http/, "ws")}/ws/page?of=${encodeURIComponent(owner)}`;
let socket = null;
let failures = 0;
let timer = 0;

/** Opens the socket, unless there is one or nobody is looking: a page that comes to the front asks anew. */
function connect() {
  clearTimeout(timer);
  if (socket || document.hidden || !navigator.onLine) return;
  const mine = new WebSocket(address);
  let opened = Infinity;
  let reason = "";
  socket = mine;
  mine.addEventListener("open", () => {
    opened = Date.now();
  });
  mine.addEventListener("message", ({ data }) => {
    reason = JSON.parse(data).reason ?? "";
  });
  mine.addEventListener("close", ({ code }) => {
    if (socket !== mine) return;
    socket = null;
    if (code === SIGNED_OUT) signedOut(reason);
    else again(Date.now() - opened > STEADY_MS);
  });
}

/** Later each time, and never all pages at once: they lose their sockets together when the server restarts. */
function again(wasSteady) {
  failures = wasSteady ? 0 : failures + 1;
  const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  timer = setTimeout(connect, wait * (0.5 + Math.random()));
}

function drop() {
  const mine = socket;
  socket = null;
  clearTimeout(timer);
  // One that is still being opened would complain on the console.
  if (mine?.readyState === WebSocket.CONNECTING) mine.addEventListener("open", () => mine.close());
  else mine?.close();
}

/** Leads to the login page, which says why; unless something here would be lost by it, and says so itself. */
function signedOut(reason) {
  if (document.hidden) return;
  const here = location.pathname + location.search;
  const login = here === "/" ? "/login" : `/login?next=${encodeURIComponent(here)}`;
  if (!document.dispatchEvent(new CustomEvent("mb:signed-out", { detail: { login }, cancelable: true }))) return;
  timer = setTimeout(() => location.assign(login), reason === "signed_out" ? OWN_GOODBYE_MS : 0);
}

document.addEventListener("visibilitychange", connect);
addEventListener("online", connect);
addEventListener("offline", drop);
// A page with an open socket is not kept for Back.
addEventListener("pagehide", drop);
addEventListener("pageshow", connect);
connect();
