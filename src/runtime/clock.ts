/**
 * The runtime's clock, captured before user code runs. A module may replace `Date` and
 * `performance`, as tests with fake timers do; then durations would be zero and bounded waits would
 * never end.
 */

const { Date, performance } = globalThis;

/** The epoch of {@linkcode nowMs}, in milliseconds since 1970. */
export const originMs: number = performance.timeOrigin;

/** Milliseconds since this thread started; monotonic. */
export const nowMs: () => number = performance.now.bind(performance);

/** The current time in milliseconds since 1970, with fractions; monotonic within a thread. */
export function epochNowMs(): number {
  return originMs + nowMs();
}

/** The current wall-clock time, which may jump. */
export function wallTime(): Date {
  return new Date();
}
