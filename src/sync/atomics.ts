/**
 * The atomic operations the rest of the code may use, by name. JavaScript's Atomics are
 * sequentially consistent: all threads agree on one order of all of them, so there are no fences
 * to reason about. They work on a plain Int32Array as well, which is how tests run the protocols
 * of this project on one thread.
 *
 * They are taken as they are when this is loaded: a task may replace the built-in ones in its thread, and
 * must not break what all threads share.
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

/** Writes a word; what this thread wrote before is seen by whoever reads the new value. */
export function store(words: Int32Array, index: number, value: number): void {
  atomicStore(words, index, value);
}

/** Adds and returns the value from *before*. */
export function fetchAdd(words: Int32Array, index: number, amount: number): number {
  return atomicAdd(words, index, amount);
}

/** Writes `next` if the word is `expected`. Says whether it did. */
export function compareExchange(
  words: Int32Array,
  index: number,
  expected: number,
  next: number,
): boolean {
  return atomicCompareExchange(words, index, expected, next) === expected;
}

/** Writes and returns the value from before. */
export function exchange(words: Int32Array, index: number, value: number): number {
  return atomicExchange(words, index, value);
}

/** Tells the processor that this thread is spinning. */
export function spinHint(): void {
  atomicPause();
}
