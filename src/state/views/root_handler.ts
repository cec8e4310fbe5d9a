/** The view of the state itself: an object with reserved and thread-local keys. */

import type { State } from "../../task/context.ts";
import type { Properties } from "../log/decoder.ts";
import { ObjectHandler, type ViewContext } from "./object_handler.ts";

/** The thread-local keys that the root view reads. */
export interface ThreadLocals {
  /** Whether a key is thread-local. */
  has(key: string): boolean;
  /** Returns this thread's own value. */
  get(key: string): unknown;
  /** Called when a key is deleted or becomes shared. */
  drop(key: string): void;
}

/** Whether user code may not write this key. */
export function isReserved(key: string): boolean {
  return key === "results" || key.startsWith("_");
}

/**
 * The traps of the root. A read and `in` find thread-local keys; `Object.keys`, JSON.stringify and
 * spread leave them out, since their values belong to one thread.
 */
export class RootHandler extends ObjectHandler {
  /** `state.update`, found like an inherited method: a user's key of that name has precedence. */
  update: State["update"] | undefined = undefined;
  readonly #locals: ThreadLocals;

  constructor(context: ViewContext, locals: ThreadLocals) {
    super(context);
    this.#locals = locals;
  }

  override get(target: Properties, key: string | symbol): unknown {
    this.replica.onRootRead?.(key);
    const value = super.get(target, key);
    if (value !== undefined) return value;
    if (this.#isLocal(target, key)) return this.#locals.get(key as string);
    return key === "update" && !Object.hasOwn(target, key) ? this.update : undefined;
  }

  override has(target: Properties, key: string | symbol): boolean {
    this.replica.onRootRead?.(key);
    return super.has(target, key) || this.#isLocal(target, key);
  }

  override ownKeys(target: Properties): (string | symbol)[] {
    this.replica.onRootRead?.("*");
    return super.ownKeys(target);
  }

  override getOwnPropertyDescriptor(
    target: Properties,
    key: string | symbol,
  ): PropertyDescriptor | undefined {
    this.replica.onRootRead?.(key);
    const descriptor = super.getOwnPropertyDescriptor(target, key);
    if (descriptor !== undefined || !this.#isLocal(target, key)) return descriptor;
    const value = this.#locals.get(key as string);
    return { value, writable: true, enumerable: false, configurable: true };
  }

  override deleteProperty(target: Properties, key: string | symbol): boolean {
    rejectReservedKey(key);
    super.deleteProperty(target, key);
    if (this.#isLocal(target, key)) this.#locals.drop(key as string);
    return true;
  }

  protected override assign(target: Properties, key: string | symbol, value: unknown): void {
    rejectReservedKey(key);
    super.assign(target, key, value);
    if (typeof key === "string" && this.#locals.has(key)) this.#locals.drop(key);
  }

  #isLocal(target: Properties, key: string | symbol): boolean {
    return typeof key === "string" && this.#locals.has(key) && !Object.hasOwn(target, key);
  }
}

/** Throws for a key of the root that user code may not write. */
export function rejectReservedKey(key: string | symbol): void {
  if (typeof key !== "string" || !isReserved(key)) return;
  throw new TypeError(
    key === "results"
      ? "Cannot write state.results: only the scheduler writes results"
      : `Cannot write state.${key}: keys that start with "_" are reserved`,
  );
}
