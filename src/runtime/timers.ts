/**
 * The timers of the runtime, as they are before any code of the user's runs. A module may put others in
 * their place on the main thread, as tests do that hold the clock: no timeout and no deadline would come up.
 *
 * The runtime makes them when they are first looked at, which takes 3 ms in each thread: not before they
 * are used, nor where there is nothing to cancel.
 */
import { pinEventMethods } from "./primordials.ts";

/** Calls once, after some time. */
export const setTimeout: typeof globalThis.setTimeout = original("setTimeout");
/** Forgets a call. */
export const clearTimeout: typeof globalThis.clearTimeout = original("clearTimeout");
/** Calls again and again. */
export const setInterval: typeof globalThis.setInterval = original("setInterval");
/** Calls no more. */
export const clearInterval: typeof globalThis.clearInterval = original("clearInterval");

/** Calls when what runs now has come to its end. */
export const queueMicrotask: typeof globalThis.queueMicrotask = globalThis.queueMicrotask;

const { timeout } = AbortSignal;
/** A signal's own methods: a listener that they add has the timer keep the process alive. */
const { addEventListener: addSignalListener, removeEventListener: removeSignalListener } =
  AbortSignal.prototype;
const nothing = () => {};

/**
 * Calls once, after some time. For calls that are nearly always forgotten, of which there are few: the
 * thread that uses it first does not have to wait those 3 ms, but what was forgotten leaves a few words
 * behind until its time has come.
 *
 * @returns Forgets the call, and all that it holds.
 */
export function callLater(call: () => void, delayMs: number): () => void {
  const signal = pinEventMethods(timeout.call(AbortSignal, delayMs));
  signal.addEventListener("abort", call);
  addSignalListener.call(signal, "abort", nothing);
  return () => {
    signal.removeEventListener("abort", call);
    removeSignalListener.call(signal, "abort", nothing);
  };
}

/** A wait is so many short ones: while the event loop stands still, however long, only one of them passes. */
const PARTS = 4;

/**
 * Gives up waiting for what somebody else is to say. Time in which the event loop stood still hardly counts,
 * since nothing could be heard: code of the user's may block this thread, or somebody may stop the process and
 * have it go on later (Ctrl-Z). And what has been said by the end is heard before that.
 *
 * @returns Forgets it.
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
