// Exact times on hover are shown in the reader's own time zone and language.

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

function localise(root) {
  for (const time of root.querySelectorAll?.("time[datetime]:not([data-local])") ?? []) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.title = exact.format(moment);
    time.dataset.local = "";
  }
}

export function installTimes() {
  localise(document);
  document.addEventListener("htmx:load", (event) => localise(event.detail.elt.parentNode ?? document));
}
