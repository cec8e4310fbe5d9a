/**
 * The runtime's timers, captured before user code runs. A module may replace them on the main
 * thread, as tests with fake timers do; then no timeout and no deadline would fire.
 *
 * The runtime creates its timers on first access, which takes 3 ms per thread. So they are read on
 * the first call, and clearing `undefined` does not read them.
 */
import { pinEventMethods } from "./primordials.ts";

/** The original `setTimeout`. */
export const setTimeout: typeof globalThis.setTimeout = original("setTimeout");
/** The original `clearTimeout`. */
export const clearTimeout: typeof globalThis.clearTimeout = original("clearTimeout");
/** The original `setInterval`. */
export const setInterval: typeof globalThis.setInterval = original("setInterval");
/** The original `clearInterval`. */
export const clearInterval: typeof globalThis.clearInterval = original("clearInterval");

/** The original `queueMicrotask`. */
export const queueMicrotask: typeof globalThis.queueMicrotask = globalThis.queueMicrotask;

const { timeout } = AbortSignal;
/** AbortSignal's own methods: a listener added by them makes the timer keep the process alive. */
const { addEventListener: addSignalListener, removeEventListener: removeSignalListener } =
  AbortSignal.prototype;
const nothing = () => {};

/**
 * Calls a function once, after a delay. Meant for few calls that are nearly always cancelled: it
 * avoids the 3 ms that a thread's first `setTimeout` takes, but a cancelled call keeps a few words
 * of memory until its delay has passed.
 *
 * @returns Cancels the call and releases the function.
 */
export function callLater(call: () => void, delayMs: number): () => void {
  const signal = abortLater(call, delayMs);
  addSignalListener.call(signal, "abort", nothing);
  return () => {
    signal.removeEventListener("abort", call);
    removeSignalListener.call(signal, "abort", nothing);
  };
}

/** Like {@linkcode callLater}, but does not keep the process alive. */
export function callLaterIfAlive(call: () => void, delayMs: number): () => void {
  const signal = abortLater(call, delayMs);
  return () => signal.removeEventListener("abort", call);
}

function abortLater(call: () => void, delayMs: number): AbortSignal {
  const signal = pinEventMethods(timeout.call(AbortSignal, delayMs));
  signal.addEventListener("abort", call);
  return signal;
}

/**
 * Number of timers into which a wait is split: time in which the event loop is blocked counts for
 * at most one of them.
 */
const PARTS = 4;

/**
 * Calls a function when a peer has not answered within a time limit. Time in which the event loop
 * was blocked hardly counts, since no answer could be received: user code may block this thread, or
 * the process may be stopped and continued (Ctrl-Z). Messages that arrived by the end of the limit
 * are handled first.
 *
 * @returns Cancels the wait.
 */
export function callAfterTimeout(onTimeout: () => void, limitMs: number): () => void {
  let cancel: () => void;
  const wait = (parts: number) => {
    cancel = parts > 0
      ? callLater(() => wait(parts - 1), Math.ceil(limitMs / PARTS))
      : callLater(onTimeout, 0);
  };
  wait(PARTS);
  return () => cancel();
}

type Timer = "setTimeout" | "clearTimeout" | "setInterval" | "clearInterval";

function original<Name extends Timer>(name: Name): typeof globalThis[Name] {
  type AnyTimer = (...args: unknown[]) => unknown;
  const property = Object.getOwnPropertyDescriptor(globalThis, name)!;
  let found: AnyTimer | undefined;
  const call: AnyTimer = (...args) => {
    if (args[0] === undefined) return; // no timer was set
    found ??= (property.get ? property.get.call(globalThis) : property.value) as AnyTimer;
    return found(...args);
  };
  return call as unknown as typeof globalThis[Name];
}
