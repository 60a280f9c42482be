// Small kindnesses to forms: no second submit while the first is under way, a password that can be shown.

function onSubmit(event) {
  const form = event.target;
  const isHtmx = form.matches("[hx-post], [hx-get], [hx-delete], [hx-put]");
  if (event.defaultPrevented || isHtmx || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
}

// Back brings the page as it was left, with its busy button.
function onPageShow() {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector('[aria-busy="true"]')?.removeAttribute("aria-busy");
  }
}

function onReveal(event) {
  const button = event.target.closest?.("[data-reveal]");
  if (!button) return;
  const input = document.getElementById(button.dataset.reveal);
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

export function installForms() {
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onReveal);
  addEventListener("pageshow", onPageShow);
  for (const button of document.querySelectorAll("[data-reveal]")) button.hidden = false;
}
