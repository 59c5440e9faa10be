// Waiting for a state. Tests never wait for a time.
import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks `state` again and again until it gives something truthy, and gives that back. An error thrown by `state` counts as
 * "not yet"; the last one is told when the time is over.
 */
export async function until(state, { what = "the state", timeout = 15_000, every = 25 } = {}) {
  const end = performance.now() + timeout;
  let last;
  for (;;) {
    try {
      const value = await state();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`${what} did not come within ${timeout} ms`, last ? { cause: last } : undefined);
    }
    await pause(every);
  }
}

/**
 * What `promise` gives, or an error when it gives nothing in time: of a worker that ended or a browser that hangs, Chromium's
 * protocol may never tell.
 */
export async function within(promise, what, timeout = 60_000) {
  const stop = new AbortController();
  const late = pause(timeout, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`${what} did not come to an end within ${timeout} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => {});
    stop.abort();
  }
}
