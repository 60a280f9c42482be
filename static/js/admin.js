// The administration has its theme's own scripts; of ours it needs the one that tells when the session is over, and copying.

addEventListener("load", () => import("./session.js"));

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.querySelector(button.dataset.copy);
  const { copyText } = await import("./copy.js");
  if (await copyText(field.value)) button.textContent = "Copied";
  else field.select();
});
