// Menus are native popovers. This places one at the button that opened it, and moves through it by arrow keys.

const GAP = 4;

function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP + height <= innerHeight || at.top < height + GAP;
  const top = below ? at.bottom + GAP : at.top - height - GAP;
  const alignEnd = at.left + width > innerWidth - GAP;
  const left = alignEnd ? at.right - width : at.left;
  menu.style.top = `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px`;
  menu.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
}

function itemsOf(menu) {
  return [...menu.querySelectorAll(".menu-item:not(:disabled)")];
}

function buttonOf(menu) {
  return document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
}

function onToggle(event) {
  const menu = event.target;
  if (!menu.matches?.(".menu[popover]")) return;
  const button = event.source ?? buttonOf(menu);
  const opened = event.newState === "open";
  button?.setAttribute("aria-expanded", String(opened));
  if (!opened) return;
  // A menu opened by a right click was placed by who opened it.
  if (button && !menu.dataset.placed) place(menu, button);
  delete menu.dataset.placed;
  if (!menu.contains(document.activeElement)) focusFirst(menu);
}

/** Brings the keyboard into a menu that was just shown. `toggle` comes a little later, and keys may come before it. */
export function focusFirst(menu) {
  itemsOf(menu)[0]?.focus({ preventScroll: true });
}

function onKey(event) {
  const menu = event.target.closest?.(".menu[popover]");
  if (!menu) return;
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  items[(to + items.length) % items.length]?.focus();
}

function onClick(event) {
  const item = event.target.closest?.(".menu-item");
  const menu = item?.closest(".menu[popover]");
  if (menu?.matches(":popover-open") && !item.hasAttribute("data-keep-open")) menu.hidePopover();
}

export function installMenus() {
  document.addEventListener("toggle", onToggle, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  // A menu that stays while its button scrolls away would float over other rows.
  addEventListener("scroll", () => document.querySelector(".menu:popover-open")?.hidePopover(), { passive: true });
}
