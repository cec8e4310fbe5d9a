/**
 * The clock of the runtime, as it is before any code of the user's runs. A module may put another in its
 * place, as tests do that hold the clock: nothing would take any time, and no bounded wait would end.
 */

const { Date, performance } = globalThis;

/** What {@linkcode nowMs} counts from, in milliseconds since 1970. */
export const originMs: number = performance.timeOrigin;

/** For how long there has been this thread, in milliseconds. It never jumps. */
export const nowMs: () => number = performance.now.bind(performance);

/** What time it is: milliseconds since 1970, with fractions. Of one thread it never jumps. */
export function epochNowMs(): number {
  return originMs + nowMs();
}

/** What the clock on the wall shows. It may jump. */
export function wallTime(): Date {
  return new Date();
}
