// The theme menu: light, dark, or like the system. The choice is remembered in this browser.

function choose(choice) {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  try {
    if (choice === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", choice);
  } catch {
    // Not remembered, but shown.
  }
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
    if (event.key === "theme") choose(event.newValue ?? "system");
  });
  mark();
}
