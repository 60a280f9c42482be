// The activity page: days are those of the reader's own time zone, which the address names, so that a shared link means
// the same days to everybody.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function onChange({ target }) {
  const form = target.closest?.("#activity-filters");
  if (form && target.type === "date") form.querySelector("[data-zone]").value = zone;
}

document.addEventListener("change", onChange, { capture: true });

// A filter that can't be used is a page of its own, which comes with its status.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.id !== "activity" || !detail.serverResponse.includes('id="activity"')) return;
  detail.shouldSwap = true;
  detail.isError = false;
});

// A download leaves the page as it is, so the same form may be sent again.
document.addEventListener("submit", ({ target }) => {
  if (!target.matches?.("[data-download]")) return;
  setTimeout(() => {
    delete target.dataset.sent;
    target.querySelector('[aria-busy="true"]')?.removeAttribute("aria-busy");
  }, 2_000);
});
