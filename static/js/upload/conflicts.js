// The question about names that are taken: asked once for a batch, before its first byte.

const ROWS_SHOWN = 200;
let queue = Promise.resolve();

/** Shows what the server drew. Resolves to a Map from item id to overwrite, keep_both or skip; null when given up. */
export function ask(dialogs) {
  const answer = queue.then(() => show(merged(dialogs)));
  queue = answer.catch(() => {});
  return answer;
}

/** One dialog for answers that came in several parts. */
function merged([first, ...others]) {
  const list = first.querySelector(".plain-list");
  for (const other of others) list.append(...other.querySelectorAll("[data-client]"));
  const rows = [...list.querySelectorAll("[data-client]")];
  if (others.length) {
    first.querySelector(".dialog-title").textContent = `${rows.length} names are taken`;
    first.querySelector(".conflict-all").hidden = false;
  }
  for (const row of rows.slice(ROWS_SHOWN)) row.hidden = true;
  const more = first.querySelector("[data-more]");
  more.hidden = rows.length <= ROWS_SHOWN;
  more.textContent = `and ${rows.length - ROWS_SHOWN} more, answered by the choice for all`;
  return first;
}

function show(dialog) {
  const rows = [...dialog.querySelectorAll("[data-client]")];
  const choiceOf = (row) => row.querySelector("select");
  const all = dialog.querySelector("[data-all]");
  dialog.addEventListener("change", (event) => {
    if (event.target === all && all.value) for (const row of rows) choose(choiceOf(row), all.value);
    else if (event.target !== all) all.value = common(rows.map((row) => choiceOf(row).value));
  });
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      const choices = new Map(rows.map((row) => [row.dataset.client, choiceOf(row).value]));
      resolve(dialog.returnValue === "go" ? choices : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Some rows lack a choice: a file twice in one batch can't overwrite itself. They keep what they have. */
function choose(select, value) {
  const option = [...select.options].find((one) => one.value === value);
  if (option && !option.disabled) select.value = value;
}

function common(values) {
  return values.every((value) => value === values[0]) ? values[0] : "";
}
