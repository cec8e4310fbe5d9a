/**
 * The timers of the runtime, as they are before any code of the user's runs. A module may put others in
 * their place on the main thread, as tests do that hold the clock: no timeout and no deadline would come up.
 */

/** Calls once, after some time. */
export const setTimeout: typeof globalThis.setTimeout = globalThis.setTimeout;
/** Forgets a call. */
export const clearTimeout: typeof globalThis.clearTimeout = globalThis.clearTimeout;
/** Calls again and again. */
export const setInterval: typeof globalThis.setInterval = globalThis.setInterval;
/** Calls no more. */
export const clearInterval: typeof globalThis.clearInterval = globalThis.clearInterval;
