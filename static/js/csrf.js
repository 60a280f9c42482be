// The token that proves a request comes from one of our pages.

const COOKIE = /(?:^|; )(?:__Host-csrf|csrftoken)=([^;]+)/;

/** The cookie's, since signing in again in another tab replaces it; the page's own where scripts can't read the cookie. */
export function csrfToken() {
  const cookie = COOKIE.exec(document.cookie)?.[1];
  if (cookie) return cookie;
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** What goes along with every post: the token, and whose page this is. Signed in again as somebody else, it acts no more. */
function proofs() {
  return { "X-CSRFToken": csrfToken(), "X-Page-Of": document.querySelector('meta[name="page-of"]')?.content ?? "" };
}

/** Posts `data` as JSON, or as a form if it is one, to our own server. */
export function post(url, data) {
  const isForm = data instanceof FormData || data instanceof URLSearchParams;
  return fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      ...proofs(),
      ...(isForm ? {} : { "Content-Type": "application/json" }),
    },
    body: isForm ? data : JSON.stringify(data ?? {}),
  });
}

export function installCsrf() {
  document.addEventListener("htmx:configRequest", (event) => {
    Object.assign(event.detail.headers, proofs());
  });
}
