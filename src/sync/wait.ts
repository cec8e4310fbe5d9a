/**
 * Sleeping on a word of shared memory. No other file calls `Atomics.wait`.
 *
 * A thread in `Atomics.wait` cannot be terminated (`Worker.terminate` acts only at a turn of the
 * event loop, and the process cannot end before it). So every sleep is cut into slices, and `check`
 * may throw between two slices: that is how a fenced or stopped thread stops waiting.
 */
import { nowMs } from "../runtime/clock.ts";
import { load } from "./atomics.ts";

/** Captured when this module is loaded: see atomics.ts. */
const { notify, wait, waitAsync } = Atomics;

/**
 * Maximum time in milliseconds between two calls of `check`. A fenced thread reacts within this
 * time; each slice costs a system call.
 */
export const SLICE_MS = 20;

/** Limits of a sleep. */
export interface WaitOptions {
  /** Timeout in milliseconds; without it, the sleep lasts until the word changes. */
  readonly timeoutMs?: number;
  /** Called before each slice. An error thrown by it ends the wait. */
  readonly check?: () => void;
}

/**
 * Sleeps while the word has `value`. Blocks the thread, its event loop included.
 *
 * @returns true when the word has changed or {@linkcode wake} was called, false after the timeout.
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

/** A word that no other thread has, so a sleep on it is never woken. */
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps for a fraction of a millisecond; no thread can wake it. Blocks the thread. */
export function nap(ms: number): void {
  wait(NEVER_WOKEN, 0, 0, ms);
}

/**
 * Resolves when the word no longer has `value`, when {@linkcode wake} is called, or after the
 * timeout. The event loop keeps turning. The promise does not keep the process alive by itself.
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

/**
 * Wakes at most `count` threads that sleep on the word.
 *
 * @returns the number of threads woken.
 */
export function wake(words: Int32Array, index: number, count = Infinity): number {
  return notify(words, index, count);
}
