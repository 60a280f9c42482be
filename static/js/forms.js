// Small kindnesses to forms: no second submit while the first is under way, a password that can be shown, a wait counted down.

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

// Counts down what the server asks us to wait, and holds the page's submit button until then.
function countDown(element) {
  const left = element.querySelector("[data-countdown-left]");
  const button = element.parentElement.querySelector("form button[type=submit]");
  const end = Date.now() + Number(element.dataset.countdown) * 1000;
  if (button) button.disabled = true;
  const timer = setInterval(() => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    left.textContent = String(Math.max(0, seconds));
    if (seconds > 0) return;
    clearInterval(timer);
    element.hidden = true;
    if (button) button.disabled = false;
  }, 500);
}

export function installForms() {
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onReveal);
  addEventListener("pageshow", onPageShow);
  for (const button of document.querySelectorAll("[data-reveal]")) button.hidden = false;
  for (const element of document.querySelectorAll("[data-countdown]")) countDown(element);
}
