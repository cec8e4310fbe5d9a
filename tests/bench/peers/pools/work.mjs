/**
 * The work of a task, the same in each JavaScript runner: a no-op, an asynchronous no-op, about 20
 * ms of arithmetic, or an increment of a counter under a lock.
 */

/** Steps of a random number generator that take about 20 ms on a core of 2024. */
const CPU_STEPS = 18_000_000;

/** Words of shared memory: a lock (0 free, 1 taken, 2 taken with waiters), and the counter. */
const LOCK = 0;
const COUNTER = 1;

/**
 * The function of a kind of task.
 *
 * @param {string} kind One of `noop`, `async`, `cpu`, `counter`.
 * @param {Int32Array} words Shared memory for the counter.
 * @returns {() => unknown}
 */
export function workOf(kind, words) {
  switch (kind) {
    case "noop":
      return () => {};
    case "async":
      return async () => {};
    case "cpu":
      return busy;
    case "counter":
      return () => countUnderLock(words);
    default:
      throw new Error(`No such kind of task: "${kind}"`);
  }
}

/** Arithmetic that no compiler eliminates. */
export function busy() {
  let x = 1;
  for (let i = 0; i < CPU_STEPS; i++) x = (Math.imul(x, 1103515245) + 12345) | 0;
  return x;
}

/** @param {Int32Array} words */
function countUnderLock(words) {
  let seen = Atomics.compareExchange(words, LOCK, 0, 1);
  while (seen !== 0) {
    seen = Atomics.exchange(words, LOCK, 2);
    if (seen !== 0) Atomics.wait(words, LOCK, 2);
  }
  words[COUNTER]++;
  if (Atomics.exchange(words, LOCK, 0) === 2) Atomics.notify(words, LOCK, 1);
}
