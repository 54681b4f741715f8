// Waiting for something that comes by itself.

/** So many milliseconds. */
export const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Looks five times a second until there is what is waited for, and gives it. */
export async function until(what, found, patience = 60_000) {
  const deadline = performance.now() + patience;
  for (let value; ; await wait(200)) {
    value = await found();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
  }
}
