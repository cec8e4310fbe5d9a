/**
 * `state.update(key, fn)`: read, compute, write, as one step.
 *
 * `fn` runs under the user's lock, so it excludes locked sections and other updates; never under
 * the internal one, so it may do anything. Who assigns the key without the lock is noticed when the
 * result is written: then `fn` is called again with what is there now.
 */

import type { State, StateLock } from "../../task/context.ts";
import { StateLockError } from "../state_errors.ts";
import { isReserved } from "./root_view.ts";
import { unwrap } from "../replica/object_tag.ts";
import type { Views } from "./views.ts";

/**
 * Each failed attempt means that another thread got through, so this many in a row is no accident.
 */
const ATTEMPTS = 1000;

/** Makes `state.update` for the state of one thread. */
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
        // Reserved, thread-local or inherited: the assignment knows what becomes of it.
        state[key] = next;
        return state[key];
      }
      if (writer.setIf(root, key, unwrap(seen), next)) return wrap(root[key], root, key);
    }
    throw new StateLockError(
      `state.update: state.${key} is assigned each time it is updated, by other threads without the ` +
        "lock or by the function itself",
    );
  };
}

/** Python's `state.update({…})` is the first thing that many try. */
function checkArguments(key: unknown, fn: unknown): void {
  if (typeof key === "string" && typeof fn === "function") return;
  throw new TypeError(
    'state.update takes a key and a function: state.update("n", (n) => n + 1); ' +
      "Object.assign(state, { … }) sets several keys",
  );
}

/** `list => { list.push(1) }`: nothing was returned, for nothing is to be replaced. */
function isChangedInPlace(seen: unknown, next: unknown): boolean {
  return next === undefined && typeof seen === "object" && seen !== null;
}

function throwPromiseReturned(key: string, promise: Promise<unknown>): never {
  promise.catch(() => {});
  throw new TypeError(
    `state.update: the function for state.${key} returned a promise; ` +
      "use `await state._state_lock.run(async () => { … })` to hold the lock across an await",
  );
}
