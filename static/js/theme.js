// Before the first paint: puts the chosen theme on <html>. Without a choice the system's holds.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("theme");
  } catch {
    // Storage may be forbidden; the system's theme holds then.
  }
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
