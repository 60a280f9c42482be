// Before the first paint: puts the chosen theme on <html>. Without a choice the system's holds.
// The choice is kept where the admin's theme keeps its own, so that both look alike.
(() => {
  let choice = null;
  try {
    choice = JSON.parse(localStorage.getItem("adminTheme"));
  } catch {
    // Storage may be forbidden, or hold something else; the system's theme holds then.
  }
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
