// The address says what is looked for, so that it can be shared and reached by Back: it is read from and written to the form.

const FIELDS = ["q", "in", "where", "type", "size", "since", "class", "sort", "view"];
const NUMBERS = ["smallest", "biggest"];
const form = document.getElementById("finder-form");

/** What the form asks, by name; what is usual is left out. */
export function asked() {
  const told = Object.fromEntries([...new FormData(form)].filter(([name, value]) => FIELDS.includes(name) && value));
  if (told.where === "below") delete told.where;
  const view = new URLSearchParams(location.search).get("view");
  if (view) told.view = view;
  return told;
}

export function hrefOf(told) {
  const query = new URLSearchParams(FIELDS.filter((name) => told[name]).map((name) => [name, told[name]]));
  return location.pathname + (query.size ? `?${query}` : "");
}

/** Writes what the address says into the form. A place is the page's own: another one is another page. */
export function fill() {
  const told = new URLSearchParams(location.search);
  for (const name of FIELDS) {
    const field = form.elements[name];
    if (!field || name === "in") continue;
    const value = told.get(name) ?? "";
    field.value = name === "where" && !value ? "below" : value;
    if (field.selectedIndex === -1) field.selectedIndex = 0;
  }
}

/** The filters as the server wants them. */
export function filters() {
  const chosen = (name) => form.elements[name].selectedOptions[0];
  const told = { groups: values("type"), classes: values("class") };
  for (const name of NUMBERS) if (chosen("size").dataset[name]) told[name] = Number(chosen("size").dataset[name]);
  const { seconds } = chosen("since").dataset;
  if (seconds) told.since = new Date(Date.now() - Number(seconds) * 1000).toISOString();
  return told;
}

const values = (name) => (form.elements[name].value ? [form.elements[name].value] : []);

export const hasFilters = () => ["type", "size", "since", "class"].some((name) => form.elements[name].value);

/** Draws a chip for every filter in use; `drop(name)` is called when one is taken away. */
export function drawChips(drop) {
  const chips = document.getElementById("finder-chips");
  const template = document.getElementById("chip-template").content.firstElementChild;
  chips.replaceChildren();
  for (const field of form.querySelectorAll("[data-filter]")) {
    field.toggleAttribute("data-used", Boolean(field.value));
    if (!field.value) continue;
    const chip = template.cloneNode(true);
    const button = chip.querySelector("button");
    button.querySelector("span").textContent = field.selectedOptions[0].textContent;
    button.setAttribute("aria-label", `${field.dataset.filter}: ${field.selectedOptions[0].textContent}. Remove this filter`);
    button.addEventListener("click", () => {
      field.value = "";
      drop(field);
    });
    chips.append(chip);
  }
  chips.hidden = !chips.childElementCount;
}
