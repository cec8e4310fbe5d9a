/**
 * Sleeping on a word. This is the only file that calls `Atomics.wait`.
 *
 * A thread parked in `Atomics.wait` cannot be terminated (`Worker.terminate` acts only at a turn of
 * the event loop, and the process cannot end before it), so every sleep is cut into slices, and
 * between two slices `check` may throw: that is how a fenced or stopped thread gets out.
 */
import { nowMs } from "../runtime/clock.ts";
import { load } from "./atomics.ts";

/** As they are when this is loaded: see atomics.ts. */
const { notify, wait, waitAsync } = Atomics;

/** The longest a thread sleeps before it looks at `check` again. */
export const SLICE_MS = 20;

/** What bounds a sleep. */
export interface WaitOptions {
  /** Give up after this many milliseconds; without it, wait until the word changes. */
  readonly timeoutMs?: number;
  /** Called before each slice; what it throws ends the wait. */
  readonly check?: () => void;
}

/**
 * Sleeps while the word has `value`. Blocks the thread, its event loop included.
 *
 * @returns true when the word changed (or somebody called {@linkcode wake}), false after the timeout.
 */
export function waitWhile(
  words: Int32Array,
  index: number,
  value: number,
  options: WaitOptions = {},
): boolean {
  const { timeoutMs = Infinity, check } = options;
  const end = timeoutMs === Infinity ? Infinity : nowMs() + timeoutMs;
  for (;;) {
    check?.();
    const left = end === Infinity ? SLICE_MS : Math.min(SLICE_MS, end - nowMs());
    if (left <= 0) return load(words, index) !== value;
    if (wait(words, index, value, left) !== "timed-out") return true;
  }
}

/** Nobody else has it, so nobody wakes who sleeps on it. */
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps for a fraction of a millisecond, whatever happens. Blocks the thread. */
export function nap(ms: number): void {
  wait(NEVER_WOKEN, 0, 0, ms);
}

/**
 * Resolves when the word no longer has `value`, or somebody called {@linkcode wake}, or after the
 * timeout. The event loop goes on turning. It does not keep the process alive by itself.
 */
export async function waitAsyncWhile(
  words: Int32Array,
  index: number,
  value: number,
  timeoutMs = Infinity,
): Promise<void> {
  const outcome = waitAsync(words, index, value, timeoutMs);
  if (outcome.async) await outcome.value;
}

/** Wakes at most `count` threads that sleep on the word. Says how many it woke. */
export function wake(words: Int32Array, index: number, count = Infinity): number {
  return notify(words, index, count);
}
