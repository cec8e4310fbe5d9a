/**
 * Knowing that a thread is gone. A worker that ends by `Deno.exit()` or `self.close()` sends no event,
 * and neither does one that was terminated; but a lock of the Web Locks API is freed when the thread
 * that holds it ends, in whatever way. So a worker holds one for life, and who wants to know asks for
 * the same lock.
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

/** Makes a later {@linkcode holdLivenessLock} a millisecond shorter: the runtime makes locks when they are first looked at. */
export function prepareLivenessLock(): void {
  lockManager();
}

/**
 * Holds a lock until this thread ends.
 *
 * @param name Nobody else's.
 * @param onHeld Called when it is held: from then on the end of the thread will be noticed.
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
 * Calls `onEnd` when the thread that holds the lock is gone.
 *
 * @param signal Aborted when nobody wants to know any more.
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
