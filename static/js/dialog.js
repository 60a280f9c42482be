// Native dialogs. `data-opens="id"` opens one, `data-close` inside closes it, and one swapped into the page with `data-open`
// opens by itself and leaves the page when it closes. The browser traps focus and gives it back; we help where its owner is gone.

export function openDialog(dialog) {
  if (dialog.open) return;
  const before = document.activeElement;
  dialog.addEventListener("close", () => giveBack(before), { once: true });
  dialog.showModal();
  (dialog.querySelector("[autofocus]") ?? dialog).focus();
}

export function closeDialog(dialog) {
  dialog.close();
}

function giveBack(element) {
  if (element?.isConnected && element !== document.body) element.focus();
  else document.getElementById("main")?.focus();
}

/** Asks once. Resolves to whether the person agreed. `danger` paints the button red. */
export function confirmDialog({ title, text = "", label, danger = false }) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.innerHTML = `
    <form class="dialog-form" method="dialog">
      <header class="dialog-head"><h2 class="dialog-title" id="confirm-title"></h2></header>
      <div class="dialog-body"><p></p></div>
      <footer class="dialog-foot">
        <button class="button" value="no">Cancel</button>
        <button class="button ${danger ? "is-danger" : "is-primary"}" value="yes"></button>
      </footer>
    </form>`;
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector("p").textContent = text;
  dialog.querySelector('[value="yes"]').textContent = label;
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    openDialog(dialog);
  });
}

function openNew(root) {
  const dialogs = root.matches?.("dialog[data-open]") ? [root] : root.querySelectorAll?.("dialog[data-open]") ?? [];
  for (const dialog of dialogs) {
    dialog.addEventListener("close", () => dialog.remove(), { once: true });
    openDialog(dialog);
  }
}

export function installDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener) openDialog(document.getElementById(opener.dataset.opens));
    const closer = event.target.closest?.("[data-close]");
    if (closer) closer.closest("dialog")?.close();
    // A click on the dialog itself, beside all it holds, is a click on its backdrop.
    if (event.target.matches?.("dialog.dialog") && !within(event, event.target)) event.target.close();
  });
  document.addEventListener("htmx:load", (event) => openNew(event.detail.elt));
  openNew(document);
}

function within(event, element) {
  const box = element.getBoundingClientRect();
  return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
}
