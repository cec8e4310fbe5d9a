/**
 * `state.update(key, fn)`: reads, computes and writes a key as one atomic step.
 *
 * `fn` runs under the user's lock, so it excludes locked sections and other updates; never under
 * the internal one, so it may do anything. The write detects an assignment of the key by a thread
 * that does not hold the lock: then `fn` is called again with the new value (optimistic
 * concurrency).
 */

import type { State, StateLock } from "../../task/context.ts";
import { StateLockError } from "../state_errors.ts";
import { isReserved } from "./root_handler.ts";
import { unwrap } from "../replica/object_tag.ts";
import type { Views } from "./views.ts";

/** Maximum number of attempts: each failure means that another write succeeded in between. */
const ATTEMPTS = 1000;

/** Creates `state.update` for the state of one thread. */
export function createUpdate({ replica, writer, wrap }: Views, lock: StateLock): State["update"] {
  const { root } = replica;
  return (key, fn) => {
    checkArguments(key, fn);
    const state = wrap(root) as State;
    using _lock = lock.acquire();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const seen = state[key];
      const next: unknown = fn(seen);
      if (next instanceof Promise) throwPromiseReturned(key, next);
      if (Object.is(next, seen) || isChangedInPlace(seen, next)) return seen;
      if (isReserved(key) || (seen !== undefined && !Object.hasOwn(root, key))) {
        // Reserved, thread-local or inherited: the assignment handles these.
        state[key] = next;
        return state[key];
      }
      if (writer.setIf(root, key, unwrap(seen), next)) return wrap(root[key], root, key);
    }
    throw new StateLockError(
      `Cannot update state.${key}: the key was assigned during each of ${ATTEMPTS} attempts, by ` +
        "threads that do not hold the lock or by the function itself",
    );
  };
}

/** Rejects Python's `state.update({…})`, which is what many users try first. */
function checkArguments(key: unknown, fn: unknown): void {
  if (typeof key === "string" && typeof fn === "function") return;
  throw new TypeError(
    'Cannot update the state: expected a key and a function, as in state.update("n", (n) => n + 1); ' +
      "Object.assign(state, { … }) sets several keys",
  );
}

/** Whether `fn` returned nothing and changed the object in place: `list => { list.push(1) }`. */
function isChangedInPlace(seen: unknown, next: unknown): boolean {
  return next === undefined && typeof seen === "object" && seen !== null;
}

function throwPromiseReturned(key: string, promise: Promise<unknown>): never {
  promise.catch(() => {});
  throw new TypeError(
    `Cannot update state.${key}: the function returned a promise; ` +
      "use `await state._state_lock.run(async () => { … })` to hold the lock across an await",
  );
}
