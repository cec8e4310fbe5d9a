/**
 * An error that nobody caught is heard by all who listen, in the order in which they began to: who knows
 * whose it is may be the last. So it is claimed, and others look a moment later.
 */

/** Hears an error that nobody caught, with the event that tells of it. */
type UncaughtErrorHandler = (event: Event, error: unknown) => void;

/**
 * Has such errors heard, and end nothing: without that, each would end the process.
 *
 * @returns Ends that.
 */
export function onUncaughtError(handle: UncaughtErrorHandler): () => void {
  const onUncaught: UncaughtErrorHandler = (event, error) => {
    event.preventDefault();
    handle(event, error);
  };
  const onRejection = (event: PromiseRejectionEvent) => onUncaught(event, event.reason);
  const onError = (event: ErrorEvent) => onUncaught(event, event.error ?? event.message);
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return () => {
    globalThis.removeEventListener("unhandledrejection", onRejection);
    globalThis.removeEventListener("error", onError);
  };
}

const CLAIMED = Symbol("claimed");

/** Says that whoever heard this event tells of it. */
export function claimError(event: Event): void {
  Object.defineProperty(event, CLAIMED, { value: true });
}

/** Whether somebody has said so. */
export function isClaimed(event: Event): boolean {
  return CLAIMED in event;
}
