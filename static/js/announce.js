// Says something to a screen reader without showing it.

export function announce(text) {
  const region = document.getElementById("live");
  if (!region) return;
  region.textContent = "";
  // A region that is filled again in the same turn is not read again.
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}
