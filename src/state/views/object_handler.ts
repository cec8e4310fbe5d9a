/** The view of a plain object, or of an error, of the state. */

import { load } from "../../sync/atomics.ts";
import type { Properties } from "../log/decoder.ts";
import { VERSION } from "../log/log_layout.ts";
import type { LogCursor } from "../replica/log_cursor.ts";
import type { Replica } from "../replica/replica.ts";
import { ObjectTag } from "../replica/object_tag.ts";
import type { StateWriter } from "../replica/state_writer.ts";

/** The context of a handler: the views of its thread. */
export interface ViewContext {
  readonly replica: Replica;
  readonly writer: StateWriter;
  /**
   * Wraps an object of the replica in its view; returns any other value as it is.
   *
   * @param holder The object that contains the value.
   * @param key The key of the value in that object.
   */
  wrap(value: unknown, holder?: object, key?: unknown): unknown;
}

/** The traps of the Proxy of a replica's object. Each trap that reads catches up first. */
export class ObjectHandler implements ProxyHandler<Properties> {
  protected readonly replica: Replica;
  protected readonly cursor: LogCursor;
  protected readonly writer: StateWriter;
  protected readonly context: ViewContext;

  constructor(context: ViewContext) {
    this.context = context;
    this.replica = context.replica;
    this.cursor = context.replica.cursor;
    this.writer = context.writer;
  }

  get(target: Properties, key: string | symbol): unknown {
    // Inlined `sync()`: this is the hottest line of the state.
    const { cursor } = this;
    if (load(cursor.words, VERSION) !== cursor.version) cursor.catchUp();
    const value = target[key as string];
    return typeof value === "object" && value !== null
      ? this.context.wrap(value, target, key)
      : value;
  }

  set(target: Properties, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== ObjectTag.proxyOf(target)) return setOnInheritor(receiver, key, value);
    this.assign(target, key, value);
    return true;
  }

  deleteProperty(target: Properties, key: string | symbol): boolean {
    this.cursor.sync();
    if (Object.hasOwn(target, key)) this.writer.delete(target, this.nameOf(key));
    return true;
  }

  has(target: Properties, key: string | symbol): boolean {
    this.cursor.sync();
    return key in target;
  }

  ownKeys(target: Properties): (string | symbol)[] {
    this.cursor.sync();
    return Reflect.ownKeys(target);
  }

  getOwnPropertyDescriptor(
    target: Properties,
    key: string | symbol,
  ): PropertyDescriptor | undefined {
    this.cursor.sync();
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
    if (descriptor !== undefined) {
      descriptor.value = this.context.wrap(descriptor.value, target, key);
    }
    return descriptor;
  }

  defineProperty(target: Properties, key: string | symbol, descriptor: PropertyDescriptor) {
    if ("get" in descriptor || "set" in descriptor) {
      throw new TypeError(`${String(key)}: accessors cannot be shared between threads`);
    }
    const { writable, enumerable, configurable } = descriptor;
    if (writable === false || enumerable === false || configurable === false) {
      throw new TypeError(`${String(key)}: the shared state has only ordinary properties`);
    }
    // Without a value, only the attributes are defined, and those are equal already.
    const isKept = !("value" in descriptor) && this.getOwnPropertyDescriptor(target, key);
    if (!isKept) this.assign(target, key, descriptor.value);
    return true;
  }

  setPrototypeOf(target: Properties, prototype: object | null): boolean {
    if (prototype === Object.getPrototypeOf(target)) return true;
    throw new TypeError("Cannot change the prototype of a shared object");
  }

  preventExtensions(): boolean {
    throw new TypeError("Cannot freeze, seal or make inextensible a shared object");
  }

  /** Writes a property. */
  protected assign(target: Properties, key: string | symbol, value: unknown): void {
    this.writer.set(target, this.nameOf(key), value);
  }

  /** Returns the key as it is encoded in the log. */
  protected nameOf(key: string | symbol): string | number {
    if (typeof key === "string") return key;
    throw new TypeError(`${String(key)}: symbols as keys cannot be shared between threads`);
  }
}

/** Sets an own property of an object that inherits from a shared one. */
function setOnInheritor(receiver: unknown, key: string | symbol, value: unknown): boolean {
  if (typeof receiver !== "object" || receiver === null) return false;
  const options = { writable: true, enumerable: true, configurable: true };
  return Reflect.defineProperty(receiver, key, { value, ...options });
}
