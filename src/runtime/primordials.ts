/**
 * Primordials: globals captured before user code runs. A program may replace them, as tests with a
 * simulated DOM do; then threads could not be watched, and the event loop could not be awaited.
 */

const { AbortController, AbortSignal, MessageChannel, navigator, Promise, Worker } = globalThis;

/** The captured globals. */
export const primordials = {
  AbortController,
  AbortSignal,
  MessageChannel,
  navigator,
  Promise,
  Worker,
} as const;

const { defineProperties } = Object;
const { addEventListener, dispatchEvent, removeEventListener } = EventTarget.prototype;
const own = { writable: true, configurable: true };
const EVENTS = {
  addEventListener: { value: addEventListener, ...own },
  dispatchEvent: { value: dispatchEvent, ...own },
  removeEventListener: { value: removeEventListener, ...own },
};

/**
 * Defines the original event methods on a target, so that patches of `EventTarget.prototype` do not
 * affect that target.
 */
export function pinEventMethods<T extends EventTarget>(target: T): T {
  return defineProperties(target, EVENTS);
}
