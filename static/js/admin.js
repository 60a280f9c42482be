// The administration has its theme's own scripts; of ours it needs what tells when the session is over, what keeps a form from
// being sent twice, and copying.

addEventListener("load", () => import("./session.js"));
import("./forms.js").then(({ installForms }) => installForms());

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.querySelector(button.dataset.copy);
  const { copyText } = await import("./copy.js");
  if (await copyText(field.value)) button.textContent = "Copied";
  else field.select();
});
