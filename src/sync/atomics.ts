/**
 * The atomic operations that the other modules may use. JavaScript's Atomics are sequentially
 * consistent: all threads agree on one order of all atomic operations, so no memory fences are
 * needed. The operations accept a plain Int32Array too, which is how tests run the protocols of
 * this project on one thread.
 *
 * The built-in functions are captured when this module is loaded: a task may replace them in its
 * thread, and must not break what all threads share.
 */

const {
  add: atomicAdd,
  compareExchange: atomicCompareExchange,
  exchange: atomicExchange,
  load: atomicLoad,
  pause: atomicPause,
  store: atomicStore,
} = Atomics;

/** Reads a word. */
export function load(words: Int32Array, index: number): number {
  return atomicLoad(words, index);
}

/** Writes a word. A thread that reads the new value sees everything written before it. */
export function store(words: Int32Array, index: number, value: number): void {
  atomicStore(words, index, value);
}

/**
 * Adds to a word.
 *
 * @returns the value before the addition.
 */
export function fetchAdd(words: Int32Array, index: number, amount: number): number {
  return atomicAdd(words, index, amount);
}

/**
 * Writes `next` if the word is `expected`.
 *
 * @returns whether the word was written.
 */
export function compareExchange(
  words: Int32Array,
  index: number,
  expected: number,
  next: number,
): boolean {
  return atomicCompareExchange(words, index, expected, next) === expected;
}

/**
 * Writes a word.
 *
 * @returns the value before the write.
 */
export function exchange(words: Int32Array, index: number, value: number): number {
  return atomicExchange(words, index, value);
}

/** Hints to the processor that this thread is in a spin loop. */
export function spinHint(): void {
  atomicPause();
}
