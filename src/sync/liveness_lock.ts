/**
 * Detects the end of a thread. A worker that calls `Deno.exit()` or `self.close()`, or that is
 * terminated, sends no event. But the runtime frees a lock of the Web Locks API when the thread
 * that holds it ends, in whatever way. So each worker holds a lock for its lifetime, and a thread
 * that waits for the worker's end requests the same lock.
 */
import { primordials } from "../runtime/primordials.ts";

/** The part of the Web Locks API used here; Deno has it, its type declarations do not yet. */
interface LockManager {
  request(name: string, hold: () => unknown): Promise<unknown>;
  request(name: string, options: { signal: AbortSignal }, hold: () => unknown): Promise<unknown>;
}

function lockManager(): LockManager | undefined {
  return (primordials.navigator as { locks?: LockManager }).locks;
}

/**
 * Has the runtime create its lock manager, which it does at the first access. This makes a later
 * {@linkcode holdLivenessLock} a millisecond faster.
 */
export function prepareLivenessLock(): void {
  lockManager();
}

/**
 * Holds a lock until this thread ends.
 *
 * @param name A name that no other thread uses.
 * @param onHeld Called when the lock is held: from then on the end of the thread is detected.
 */
export function holdLivenessLock(name: string, onHeld: () => void): void {
  const locks = lockManager();
  if (!locks) return onHeld();
  locks.request(name, () => {
    onHeld();
    return new Promise(() => {});
  });
}

/**
 * Calls `onEnd` when the thread that holds the lock has ended.
 *
 * @param signal Stops watching when it is aborted.
 */
export async function watchLiveness(
  name: string,
  signal: AbortSignal,
  onEnd: () => void,
): Promise<void> {
  try {
    await lockManager()?.request(name, { signal }, () => {
      if (!signal.aborted) onEnd();
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
