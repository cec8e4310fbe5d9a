/**
 * Parts of the runtime, as they are before any code of the user's runs. A program may put others in their place,
 * as one does that gives its tests a DOM: no thread would be watched over, and no event loop turn.
 */

const { AbortController, AbortSignal, MessageChannel, navigator, Promise, Worker } = globalThis;

/** See the head of this file. */
export const runtime = {
  ...{ AbortController, AbortSignal, MessageChannel, navigator, Promise, Worker },
} as const;
