// How often and how long: bounded tries with growing, scattered pauses.

export const TRIES = 4;
const LONGEST_MS = 30_000;

/** Milliseconds before the next try after `tries` that failed. */
export function waitBefore(tries) {
  return Math.min(LONGEST_MS, 1000 * 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
}

/** Resolves when another try is worth it: the network is there, and a pause has passed. */
export async function whenLikelier(tries) {
  if (!navigator.onLine) await new Promise((resolve) => addEventListener("online", resolve, { once: true }));
  await new Promise((resolve) => setTimeout(resolve, waitBefore(tries)));
}
