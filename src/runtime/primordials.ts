/**
 * Parts of the runtime, as they are before any code of the user's runs. A program may put others in their place,
 * as one does that gives its tests a DOM: no thread would be watched over, and no event loop turn.
 */

const { AbortController, AbortSignal, MessageChannel, navigator, Promise, Worker } = globalThis;

/** See the head of this file. */
export const primordials = {
  ...{ AbortController, AbortSignal, MessageChannel, navigator, Promise, Worker },
} as const;

const { defineProperties } = Object;
const { addEventListener, dispatchEvent, removeEventListener } = EventTarget.prototype;
const own = { writable: true, configurable: true };
const EVENTS = {
  addEventListener: { value: addEventListener, ...own },
  dispatchEvent: { value: dispatchEvent, ...own },
  removeEventListener: { value: removeEventListener, ...own },
};

/** Has a target dispatch events to its listeners, whatever becomes of that for all targets of its thread. */
export function pinEventMethods<T extends EventTarget>(target: T): T {
  return defineProperties(target, EVENTS);
}
