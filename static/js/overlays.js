// A double click belongs to where it began. When its first half closed a dialog or a menu, the second would fall on whatever
// that uncovers: a link, a row, a button. When it opened one, the second would fall on what covers the page now.

const overlayOf = (target) => target.closest?.("dialog, [popover]") ?? null;
const isSame = (one, other) => one === other || Boolean(one?.id && one.id === other?.id);
let began = null;

function onClick(event) {
  const overlay = overlayOf(event.target);
  if (event.detail < 2) began = overlay;
  else if (!isSame(began, overlay)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

export function installOverlays() {
  document.addEventListener("click", onClick, true);
  document.addEventListener("dblclick", onClick, true);
}
