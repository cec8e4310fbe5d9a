/** How user code sees a plain object, or an error, of the state. */

import { load } from "../../sync/atomics.ts";
import type { Properties } from "../log/decoder.ts";
import { VERSION } from "../log/log_layout.ts";
import type { LogCursor } from "../replica/log_cursor.ts";
import type { Replica } from "../replica/replica.ts";
import { ObjectTag } from "../replica/object_tag.ts";
import type { StateWriter } from "../replica/state_writer.ts";

/** What a handler needs of the views it belongs to. */
export interface ViewContext {
  readonly replica: Replica;
  readonly writer: StateWriter;
  /**
   * What user code sees of a value of the replica.
   *
   * @param holder The object in which it was found, and under which key.
   */
  wrap(value: unknown, holder?: object, key?: unknown): unknown;
}

/** Traps of the Proxy around a replica's object. Every one that reads catches up first. */
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
    // Written out rather than `sync()`: this is the hottest line of the state.
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
      throw new TypeError(`${String(key)}: the shared state has ordinary properties only`);
    }
    // Without a value it is about the attributes alone, and those are what they are.
    const isKept = !("value" in descriptor) && this.getOwnPropertyDescriptor(target, key);
    if (!isKept) this.assign(target, key, descriptor.value);
    return true;
  }

  setPrototypeOf(target: Properties, prototype: object | null): boolean {
    if (prototype === Object.getPrototypeOf(target)) return true;
    throw new TypeError("The prototype of a shared object cannot be changed");
  }

  preventExtensions(): boolean {
    throw new TypeError("A shared object cannot be frozen, sealed or made inextensible");
  }

  /** Writes a property. */
  protected assign(target: Properties, key: string | symbol, value: unknown): void {
    this.writer.set(target, this.nameOf(key), value);
  }

  /** The key as it is written to the log. */
  protected nameOf(key: string | symbol): string | number {
    if (typeof key === "string") return key;
    throw new TypeError(`${String(key)}: symbols as keys cannot be shared between threads`);
  }
}

/** An object that inherits from a shared one gets properties of its own, as any heir does. */
function setOnInheritor(receiver: unknown, key: string | symbol, value: unknown): boolean {
  if (typeof receiver !== "object" || receiver === null) return false;
  const options = { writable: true, enumerable: true, configurable: true };
  return Reflect.defineProperty(receiver, key, { value, ...options });
}
