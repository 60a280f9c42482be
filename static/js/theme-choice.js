// The theme menu: light, dark, or like the system. The choice is remembered in this browser.

const KEPT = "adminTheme";

function choose(choice) {
  show(choice);
  try {
    localStorage.setItem(KEPT, JSON.stringify(choice === "system" ? "auto" : choice));
  } catch {
    // Not remembered, but shown.
  }
}

function show(choice) {
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
  mark();
}

function mark() {
  const chosen = document.documentElement.dataset.theme ?? "system";
  for (const item of document.querySelectorAll("[data-theme-choice]")) {
    item.setAttribute("aria-checked", String(item.dataset.themeChoice === chosen));
  }
}

export function installThemeChoice() {
  document.addEventListener("click", (event) => {
    const item = event.target.closest?.("[data-theme-choice]");
    if (item) choose(item.dataset.themeChoice);
  });
  // Another tab chose.
  window.addEventListener("storage", (event) => {
    if (event.key === KEPT) show(JSON.parse(event.newValue ?? "null"));
  });
  mark();
}
