/**
 * Uncaught errors of a thread. All handlers receive an error in the order of their registration,
 * and the one that can attribute the error to a task may be the last. That one claims the event;
 * the others check for a claim a moment later.
 */

/** Handles an uncaught error and its event. */
type UncaughtErrorHandler = (event: Event, error: unknown) => void;

/**
 * Registers a handler for uncaught errors and rejections, which then do not end the process.
 *
 * @returns Removes the handler.
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

/** Marks an event as claimed: its error is reported by the claimant. */
export function claimError(event: Event): void {
  Object.defineProperty(event, CLAIMED, { value: true });
}

/** Whether an event was claimed. */
export function isClaimed(event: Event): boolean {
  return CLAIMED in event;
}
