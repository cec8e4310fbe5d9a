/**
 * Thread-local keys of the state: `setupState` may set keys to values that cannot be shared (a
 * client, a generator with a seed), and each thread then has its own value.
 *
 * The creator runs setupState on the state ({@linkcode ThreadLocalKeys.define}): a value that
 * cannot be shared stays in this thread, and the key's name is written to the state. Any other
 * thread runs setupState again when it first reads such a key, on a stand-in for the state that
 * keeps the thread-local keys and discards all other writes ({@linkcode ThreadLocalKeys.prepare}).
 * If that fails, every read of such a key fails in that thread: there is no value, and `undefined`
 * would be wrong.
 */

import { recordError } from "../../base/error_record.ts";
import type { State } from "../../task/context.ts";
import { StateCloneError } from "../state_errors.ts";
import { Method } from "../log/value_kinds.ts";
import type { ThreadLocals } from "./root_handler.ts";
import { isReserved } from "./root_handler.ts";
import { snapshot } from "../replica/snapshot.ts";
import { tagProxy, unwrap } from "../replica/object_tag.ts";
import type { Views } from "./views.ts";

/** A function like the user's `setupState`. */
export type Setup = (state: State) => unknown;

/** A failure of setupState when it ran again in this thread, as parts of a message. */
interface SetupFailure {
  readonly what: string;
  readonly fix: string;
  readonly cause?: unknown;
}

/** The thread-local keys of one thread. */
export class ThreadLocalKeys implements ThreadLocals {
  readonly #names: Set<string>;
  readonly #values = new Map<string, unknown>();
  readonly #views: () => Views;
  /** The setupState to run at the next read of a key. */
  #setup: Setup | undefined;
  /** Whether setupState has run again in this thread. */
  #isPrepared = false;
  #failure: SetupFailure | undefined;

  /**
   * @param names The names of the keys, in this thread's replica.
   * @param views Returns the views of this thread.
   */
  constructor(names: Set<string>, views: () => Views) {
    this.#names = names;
    this.#views = views;
  }

  /** Number of thread-local keys. */
  get size(): number {
    return this.#names.size;
  }

  has(key: string): boolean {
    return this.#names.size > 0 && this.#names.has(key);
  }

  get(key: string): unknown {
    if (this.#setup !== undefined) this.#prepareNow(this.#setup);
    if (this.#failure !== undefined) throw readError(key, this.#failure);
    if (this.#isPrepared && !this.#values.has(key)) throw readError(key, NOT_SET);
    return this.#values.get(key);
  }

  drop(key: string): void {
    this.#values.delete(key);
    this.#views().writer.call(this.#names, Method.setDelete, "delete", [key], { shrinks: true });
  }

  /** In all threads but the creator's: sets what to run at the first read of a thread-local key. */
  useSetup(setup: Setup): void {
    this.#setup = setup;
    this.#isPrepared = false;
    this.#failure = undefined;
  }

  /**
   * In the creator's thread: runs `setup` on the state.
   *
   * @returns a note for each thread-local key, which names the value that cannot be shared.
   */
  async define(root: State, setup: Setup): Promise<readonly string[]> {
    const reasons = new Map<string, string>();
    await setup(this.#definingProxy(root, reasons));
    return [...reasons].filter(([key]) => this.has(key)).map(([key, reason]) =>
      `${reason}; so state.${key} is thread-local, and setupState runs again in each thread that ` +
      "reads it"
    );
  }

  /**
   * Runs `setup` for this thread's own values of the thread-local keys.
   *
   * @throws {Error} when `setup` rejects: the message explains why it ran again.
   */
  async prepare(setup: Setup): Promise<void> {
    try {
      await setup(this.#recordingProxy());
    } catch (error) {
      const keys = [...this.#names].map((key) => `state.${key}`).join(", ");
      throw new Error(
        `run again on this thread, since ${keys} cannot be shared: ${formatThrown(error)}`,
        { cause: error },
      );
    }
    this.#isPrepared = true;
  }

  #prepareNow(setup: Setup): void {
    this.#setup = undefined; // first, since setup itself may read the key
    try {
      const returned = setup(this.#recordingProxy());
      if (returned instanceof Promise) {
        returned.catch(() => {});
        this.#failure = NOT_AWAITED;
      }
    } catch (error) {
      const fix = "make setupState succeed in each thread";
      this.#failure = { what: `threw ${formatThrown(error)}`, fix, cause: error };
    }
    this.#isPrepared = true;
  }

  /** Returns the state, except that a value that cannot be shared stays in this thread. */
  #definingProxy(root: State, reasons: Map<string, string>): State {
    const set = (_: State, key: string | symbol, value: unknown): boolean => {
      try {
        root[key as string] = value;
      } catch (error) {
        if (!(error instanceof StateCloneError) || typeof key !== "string") throw error;
        this.#keepLocal(root, key, value);
        reasons.set(key, error.message);
      }
      return true;
    };
    const proxy: State = new Proxy(root, { set });
    // So that `state.self = state` in setupState refers to the state.
    tagProxy(proxy, unwrap(root), undefined);
    return proxy;
  }

  #keepLocal(root: State, key: string, value: unknown): void {
    if (Object.hasOwn(root, key)) delete root[key];
    const { writer } = this.#views();
    writer.call(this.#names, Method.setAdd, "add", [key]);
    writer.onWrite?.(key);
    this.#values.set(key, value);
  }

  /** Returns the stand-in for a repeated setup: copies of the state, and its own assignments. */
  #recordingProxy(): State {
    const { replica, wrap } = this.#views();
    const root = wrap(replica.root) as State;
    const recorded = new Map<string | symbol, unknown>();
    const get = (key: string | symbol): unknown => {
      if (recorded.has(key)) return recorded.get(key);
      if (typeof key === "string" && this.has(key)) return this.#values.get(key);
      if (typeof key === "string" && key !== "results" && isReserved(key)) return root[key];
      if (key === "update" && !Object.hasOwn(root, key)) return update;
      const value = snapshot(Reflect.get(root, key));
      recorded.set(key, value);
      return value;
    };
    const set = (key: string | symbol, value: unknown): true => {
      if (typeof key === "string" && this.has(key)) this.#values.set(key, value);
      else recorded.set(key, value);
      return true;
    };
    // Like every other write of a repeated setup, an update does not reach the state.
    const update = (key: string, fn: (value: unknown) => unknown): unknown => {
      const [seen, next] = [get(key), fn(get(key))];
      if (next !== undefined || typeof seen !== "object") set(key, next);
      return get(key);
    };
    return new Proxy({} as State, {
      get: (_, key) => get(key),
      set: (_, key, value) => set(key, value),
      has: (_, key) => recorded.has(key) || key in root,
      deleteProperty: (_, key) => set(key, undefined),
      defineProperty: (_, key, descriptor) => set(key, descriptor.value),
      ownKeys: () => [...new Set([...Reflect.ownKeys(root), ...recorded.keys()])],
      getOwnPropertyDescriptor: (_, key) =>
        recorded.has(key) || Object.hasOwn(root, key)
          ? { value: get(key), writable: true, enumerable: true, configurable: true }
          : undefined,
    });
  }
}

const NOT_SET: SetupFailure = {
  what: "did not set it",
  fix: "make setupState set the same keys in each thread",
};

const NOT_AWAITED: SetupFailure = {
  what: "returned a promise without being async",
  fix: "declare setupState async",
};

function readError(key: string, { what, fix, cause }: SetupFailure): Error {
  const name = `state.${key}`;
  return new Error(
    `Cannot read ${name}: setupState was run again on this thread, since ${name} cannot be ` +
      `shared, and ${what}; ${fix}`,
    cause === undefined ? {} : { cause },
  );
}

function formatThrown(thrown: unknown): string {
  const { type, message } = recordError(thrown);
  return `${type}: ${message}`;
}
