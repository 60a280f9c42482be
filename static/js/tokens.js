// The page of personal tokens: a new one is shown where it was asked for, and nothing is revoked without a question.

import { announce } from "./announce.js";
import { confirmDialog } from "./dialog.js";

// What is wrong with the form comes with its status.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.id !== "tokens" || !detail.serverResponse.includes('id="tokens"')) return;
  detail.shouldSwap = true;
  detail.isError = false;
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.elt?.id !== "tokens" && detail.target?.id !== "tokens") return;
  const text = document.getElementById("token-text");
  if (text) {
    text.closest("section").scrollIntoView({ block: "center" });
    text.focus();
    text.select();
    announce("The token is ready. Copy it now: it is shown only this once.");
    return;
  }
  const wrong = document.querySelector("#token-form [aria-invalid=true], #token-form fieldset[aria-describedby] input");
  wrong?.focus();
});

// Before the page's other listeners, which take a form that is sent for one under way.
document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    const name = form.dataset?.revoke;
    if (name === undefined || form.dataset.sure) return;
    event.preventDefault();
    const sure = await confirmDialog({
      title: `Revoke “${name}”?`,
      text: "Whatever uses this token is refused from now on. This can't be undone.",
      label: "Revoke",
      danger: true,
    });
    if (!sure) return;
    form.dataset.sure = "yes";
    form.requestSubmit();
  },
  { capture: true },
);
