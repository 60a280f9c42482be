// A horizontal swipe with one finger: to the next or previous file. Scrolling, zooming and players keep their gestures.

const FAR_ENOUGH = 60;

export function onSwipe(element, turn) {
  let start = null;
  element.addEventListener("touchstart", (event) => {
    const isBusy = event.touches.length > 1 || event.target.closest("video, audio, iframe, .preview-reading");
    const isZoomed = (globalThis.visualViewport?.scale ?? 1) > 1.01;
    start = isBusy || isZoomed ? null : { x: event.touches[0].clientX, y: event.touches[0].clientY };
  }, { passive: true });
  element.addEventListener("touchend", (event) => {
    if (!start) return;
    const [touch] = event.changedTouches;
    const across = touch.clientX - start.x;
    if (Math.abs(across) > FAR_ENOUGH && Math.abs(across) > 2 * Math.abs(touch.clientY - start.y)) turn(across < 0 ? "next" : "previous");
    start = null;
  }, { passive: true });
}
