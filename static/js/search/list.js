// A list of any length of which only the rows in sight, and the one that has the focus, are in the page.

const AROUND = 8;

export class List {
  /** `build(entry, index)` makes a row. Rows lie in `place`, whose size is that of all of them. */
  constructor(place, ruler, build) {
    Object.assign(this, { place, ruler, build, entries: [], drawn: new Map(), standing: null, asked: 0 });
    addEventListener("scroll", () => this.soon(), { passive: true });
    addEventListener("resize", () => this.measure());
    // It grows with every hit; only its width says where rows lie.
    new ResizeObserver(() => {
      if (this.place.clientWidth && this.place.clientWidth !== this.width) this.measure();
    }).observe(ruler.parentElement);
    this.measure();
  }

  /** How many rows stand beside each other, and how large each is. */
  measure() {
    this.width = this.place.clientWidth;
    const style = getComputedStyle(this.ruler);
    const [width, height, gap] = [this.place.clientWidth || this.place.parentElement.parentElement.clientWidth, this.ruler.offsetHeight, parseFloat(style.columnGap) || 0];
    const least = parseFloat(style.minInlineSize) || width;
    const across = Math.max(1, Math.floor((width + gap) / (least + gap)));
    const wide = across > 1 || least < width ? (width - gap * (across - 1)) / across : width;
    this.metrics = { across, gap, height: height + gap, wide, tall: height };
    this.redraw();
  }

  /** Shows `entries`, which is another list, or the same with more at its end. */
  show(entries, { anew = false } = {}) {
    this.entries = entries;
    if (anew) this.clear();
    this.soon();
    this.#size();
  }

  clear() {
    for (const row of this.drawn.values()) row.remove();
    this.drawn.clear();
  }

  soon() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.draw();
    });
  }

  redraw() {
    this.#size();
    for (const [entry, row] of this.drawn) this.#put(row, this.entries.indexOf(entry));
    this.draw();
  }

  #size() {
    const { across, height, gap } = this.metrics;
    this.place.style.blockSize = `${Math.max(0, Math.ceil(this.entries.length / across) * height - gap)}px`;
  }

  draw() {
    const { across, height } = this.metrics;
    const top = this.place.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / height) - AROUND) * across;
    const last = Math.min(this.entries.length, (Math.ceil((innerHeight - top) / height) + AROUND) * across);
    const wanted = new Map();
    for (let index = first; index < last; index += 1) wanted.set(this.entries[index], index);
    const held = this.standing && this.drawn.get(this.standing);
    if (held?.contains(document.activeElement) && !wanted.has(this.standing)) {
      const index = this.entries.indexOf(this.standing);
      if (index >= 0) wanted.set(this.standing, index);
    }
    for (const [entry, row] of this.drawn) {
      if (wanted.has(entry)) continue;
      row.remove();
      this.drawn.delete(entry);
    }
    for (const [entry, index] of [...wanted].sort((one, other) => one[1] - other[1])) {
      if (!this.drawn.has(entry)) this.#add(entry, index);
    }
  }

  #add(entry, index) {
    const row = this.build(entry, index);
    row.dataset.index = index;
    row.setAttribute("aria-rowindex", String(index + 2));
    this.#put(row, index);
    const behind = [...this.place.children].find((other) => Number(other.dataset.index) > index);
    this.place.insertBefore(row, behind ?? null);
    this.drawn.set(entry, row);
    this.onDrawn?.(entry, row);
  }

  #put(row, index) {
    const { across, height, gap, wide, tall } = this.metrics;
    row.style.top = `${Math.floor(index / across) * height}px`;
    row.style.left = `${(index % across) * (wide + gap)}px`;
    row.style.width = `${wide}px`;
    row.style.height = `${tall}px`;
  }

  rowOf(entry) {
    return this.drawn.get(entry) ?? null;
  }

  entryOf(row) {
    return this.entries[Number(row?.dataset.index)] ?? null;
  }

  /** Makes `entry` the one to stand on, brings it into sight and, unless `quietly`, gives it the focus. */
  focus(entry, { quietly = false } = {}) {
    const index = this.entries.indexOf(entry);
    if (index < 0) return;
    const before = this.standing && this.rowOf(this.standing);
    if (before) stand(before, false);
    this.standing = entry;
    this.bring(index);
    this.draw();
    if (!this.drawn.has(entry)) this.#add(entry, index);
    const row = this.rowOf(entry);
    stand(row, true);
    if (!quietly) row.focus({ preventScroll: true });
  }

  /** Scrolls as little as brings the row into sight, below what sticks to the top. */
  bring(index) {
    const { across, height, tall } = this.metrics;
    const top = this.place.getBoundingClientRect().top + Math.floor(index / across) * height;
    const head = document.querySelector("#listing > .listing-head")?.getBoundingClientRect().bottom ?? 0;
    const foot = innerHeight - (document.getElementById("selection-bar")?.hidden === false ? 72 : 8);
    const above = Math.max(head, 0);
    if (top < above) scrollBy({ top: top - above, behavior: "instant" });
    else if (top + tall > foot) scrollBy({ top: top + tall - foot, behavior: "instant" });
  }
}

/** Only the row one stands on, and what is in it, is reached by Tab. */
export function stand(row, isHere) {
  row.tabIndex = isHere ? 0 : -1;
  for (const control of row.querySelectorAll("a, button, input")) control.tabIndex = isHere ? 0 : -1;
}
