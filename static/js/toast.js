// Toasts: what an act did, in one sentence. They come from `toast()`, from answers whose HX-Trigger names "toast", and from messages in the page.

const STAYS = { info: 5000, success: 5000, warning: 9000, error: 12000 };
const MOST = 4;

/** Shows `text`. `kind`: info, success, warning or error; `action`: {label, href, newTab} or {label, run}. Returns the element. */
export function toast(text, { kind = "info", detail = "", action = null } = {}) {
  const region = document.getElementById("toasts");
  const element = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  const known = kind in STAYS ? kind : "info";
  element.dataset.kind = known;
  const drawing = document.getElementById("toast-icons").content.querySelector(`[data-kind="${known}"] > svg`);
  element.prepend(drawing.cloneNode(true));
  element.querySelector(".toast-text").textContent = text;
  if (detail) {
    const line = element.querySelector(".toast-detail");
    line.textContent = detail;
    line.hidden = false;
  }
  if (action) element.querySelector(".toast-close").before(actionOf(action, element));
  // Said again, it is news, but the words before it are none any more, and on a phone they lie above the page.
  for (const shown of [...region.children]) if (shown.textContent === element.textContent) shown.remove();
  element.querySelector(".toast-close").addEventListener("click", () => remove(element));
  raise(region);
  region.append(element);
  while (region.childElementCount > MOST) region.firstElementChild.remove();
  stay(element, action ? STAYS.error : STAYS[known]);
  return element;
}

function actionOf({ label, href, newTab, run }, element) {
  const control = document.createElement(href ? "a" : "button");
  control.className = "toast-action";
  control.textContent = label;
  if (href) {
    control.href = href;
    if (newTab) Object.assign(control, { target: "_blank", rel: "noopener" });
  } else {
    control.type = "button";
    control.addEventListener("click", () => {
      remove(element);
      run?.();
    });
  }
  return control;
}

// Modal dialogs lie in the browser's top layer. A popover that is shown again comes to lie above them.
function raise(region) {
  if (!region.showPopover) return;
  if (region.matches(":popover-open")) region.hidePopover();
  region.showPopover();
}

// Time stands still while somebody reads: pointer above it, or focus inside.
function stay(element, milliseconds) {
  let timer = setTimeout(() => remove(element), milliseconds);
  const hold = () => clearTimeout(timer);
  const release = () => {
    clearTimeout(timer);
    timer = setTimeout(() => remove(element), 3000);
  };
  element.addEventListener("pointerenter", hold);
  element.addEventListener("pointerleave", release);
  element.addEventListener("focusin", hold);
  element.addEventListener("focusout", release);
}

function remove(element) {
  const region = element.parentElement;
  element.remove();
  if (region && !region.childElementCount && region.matches(":popover-open")) region.hidePopover();
}

export function installToasts() {
  document.addEventListener("toast", (event) => {
    const { title = "", text = "", level, kind = level, detail = "", action } = event.detail ?? {};
    if (title) toast(title, { kind, detail: text, action });
    else if (text) toast(text, { kind, detail, action });
  });
  for (const message of document.querySelectorAll("template[data-toast]")) {
    toast(message.content.textContent.trim(), { kind: message.dataset.kind });
    message.remove();
  }
}
