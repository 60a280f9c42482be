// How fast bytes leave: an average over the last seconds, so that the number neither jumps nor lags.

const WINDOW_MS = 5000;
const SETTLED_MS = 400;

export class Pace {
  #samples = [];

  add(bytes, now = performance.now()) {
    if (bytes <= 0) return;
    this.#samples.push({ bytes, at: now });
    this.#forget(now);
  }

  /** Bytes a second, or 0 while too little is known. */
  speed(now = performance.now()) {
    this.#forget(now);
    if (this.#samples.length < 2) return 0;
    const span = now - this.#samples[0].at;
    if (span < SETTLED_MS) return 0;
    // The first sample's bytes left before the span began.
    const bytes = this.#samples.slice(1).reduce((sum, sample) => sum + sample.bytes, 0);
    return (bytes * 1000) / span;
  }

  /** Seconds until `remaining` bytes are gone; Infinity while the speed isn't known. */
  secondsLeft(remaining, now = performance.now()) {
    const speed = this.speed(now);
    return speed > 0 ? remaining / speed : Infinity;
  }

  #forget(now) {
    while (this.#samples.length && now - this.#samples[0].at > WINDOW_MS) this.#samples.shift();
  }
}
