/** The view of an array of the state. */

import { forEachItem } from "../log/for_each_item.ts";
import { Method } from "../log/value_kinds.ts";
import type { Properties } from "../log/decoder.ts";
import { StateLockError } from "../state_errors.ts";
import { ObjectHandler, type ViewContext } from "./object_handler.ts";
import { unwrapProxy } from "../replica/object_tag.ts";

type Compare = (a: unknown, b: unknown) => number;
type ListMethod = (this: unknown[], ...args: unknown[]) => unknown;

/** Maximum number of sorts with a comparator: each retry means that the array has changed. */
const SORT_ATTEMPTS = 64;
const LENGTH_MAX = 0xffff_ffff;

/**
 * The traps of an array. Each mutating method is one operation; all others are the built-in ones,
 * which work through the traps, so that `map` or `filter` return an ordinary array of shared
 * members.
 */
export class ArrayHandler extends ObjectHandler {
  readonly #methods: ReadonlyMap<unknown, ListMethod>;

  constructor(context: ViewContext) {
    super(context);
    this.#methods = listMethods(context);
  }

  override get(target: Properties, key: string | symbol): unknown {
    const value = super.get(target, key);
    return typeof value === "function" ? this.#methods.get(key) ?? value : value;
  }

  protected override assign(target: Properties, key: string | symbol, value: unknown): void {
    const name = this.nameOf(key);
    if (typeof name === "number") return this.writer.set(target, name, value);
    if (name !== "length") {
      throw new TypeError(`Cannot set "${name}": an array of the shared state has only indexes`);
    }
    const length = toNumber(value);
    if (length !== length >>> 0) throw new RangeError("Invalid array length");
    this.writer.setLength(target, length);
  }

  override defineProperty(
    target: Properties,
    key: string | symbol,
    descriptor: PropertyDescriptor,
  ): boolean {
    // Before anything is written: the language itself would reject it only afterwards.
    if (key === "length" && (descriptor.enumerable || descriptor.configurable)) return false;
    return super.defineProperty(target, key, descriptor);
  }

  override deleteProperty(target: Properties, key: string | symbol): boolean {
    return key === "length" ? false : super.deleteProperty(target, key);
  }

  protected override nameOf(key: string | symbol): string | number {
    const name = super.nameOf(key);
    const index = Number(name) >>> 0;
    return String(index) === name && index < LENGTH_MAX ? index : name;
  }
}

/** Converts to a number as the language does for an index or a length: a bigint throws. */
function toNumber(value: unknown): number {
  return +(value as number);
}

/** Converts an index argument, before the lock is acquired, since this may run user code. */
function toIndex(value: unknown): number {
  return Math.trunc(toNumber(value)) || 0;
}

function toOptionalIndex(value: unknown): number | undefined {
  return value === undefined ? undefined : toIndex(value);
}

function listOf(value: unknown[]): unknown[] {
  const raw = unwrapProxy(value);
  if (!Array.isArray(raw)) {
    throw new TypeError("Incompatible receiver: expected an array of the shared state");
  }
  return raw;
}

/** Returns an upper bound of the bytes that a second copy of the items takes in a snapshot. */
function bytesOfItems(list: readonly unknown[]): number {
  let bytes = 16;
  forEachItem(list, (item) => {
    bytes += 16;
    if (typeof item === "string") bytes += 3 * item.length;
    if (typeof item === "bigint") bytes += item.toString(16).length;
  });
  return bytes;
}

function listMethods(context: ViewContext): Map<unknown, ListMethod> {
  const { writer } = context;
  const add = (name: "push" | "unshift"): ListMethod =>
    function (...args) {
      return context.wrap(writer.call(listOf(this), Method[name], name, args));
    };
  const take = (name: "pop" | "shift"): ListMethod =>
    function () {
      return context.wrap(
        writer.call(listOf(this), Method[name], name, [], { shrinks: true }),
        listOf(this),
      );
    };
  return new Map<unknown, ListMethod>([
    ["push", add("push")],
    ["unshift", add("unshift")],
    ["pop", take("pop")],
    ["shift", take("shift")],
    ["reverse", function () {
      writer.call(listOf(this), Method.reverse, "reverse", []);
      return this;
    }],
    ["splice", function (...args) {
      const numbers = args.slice(0, 2).map(toIndex);
      const all = [...numbers, ...args.slice(2)];
      const options = { shrinks: all.length <= 2 };
      const list = listOf(this);
      const removed = writer.call(list, Method.splice, "splice", all, options);
      return (removed as unknown[]).map((item) => context.wrap(item, list));
    }],
    ["fill", function (value, start, end) {
      const list = listOf(this);
      const args = [value, toOptionalIndex(start), toOptionalIndex(end)];
      writer.call(list, Method.fill, "fill", args, { times: list.length });
      return this;
    }],
    ["copyWithin", function (target, start, end) {
      const list = listOf(this);
      const args = [toIndex(target), toIndex(start), toOptionalIndex(end)];
      context.replica.cursor.sync();
      writer.call(list, Method.copyWithin, "copyWithin", args, { growth: bytesOfItems(list) });
      return this;
    }],
    ["sort", function (compare) {
      sort(context, listOf(this), compare as Compare | undefined);
      return this;
    }],
  ]);
}

function sort(context: ViewContext, list: unknown[], compare: Compare | undefined): void {
  const { replica: { cursor }, writer, wrap } = context;
  if (compare === undefined) {
    // Converting plain data to text runs no user code, so it may happen under the lock.
    writer.permute(list, () => sortedIndexes(list, compareAsText));
    return;
  }
  if (typeof compare !== "function") throw new TypeError("The comparator must be a function");
  // The user's comparator runs without the lock; its order is valid only for the content it saw.
  for (let attempt = 0; attempt < SORT_ATTEMPTS; attempt++) {
    cursor.sync();
    const seen = list.slice();
    const order = sortedIndexes(seen, (a, b) => compare(wrap(a, list), wrap(b, list)));
    if (writer.permute(list, () => isSameList(seen, list) ? order : undefined)) return;
  }
  throw new StateLockError(
    "Cannot sort the array: other threads changed it during each attempt; hold state._state_lock",
  );
}

/** Returns the source index of each index: sorted items, then undefined ones, then holes. */
function sortedIndexes(list: unknown[], compare: Compare): number[] {
  const items: number[] = [];
  const nothing: number[] = [];
  const holes: number[] = [];
  for (let index = 0; index < list.length; index++) {
    if (list[index] !== undefined) items.push(index);
    else (index in list ? nothing : holes).push(index);
  }
  items.sort((a, b) => compare(list[a], list[b]));
  return [...items, ...nothing, ...holes];
}

function isSameList(a: unknown[], b: unknown[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((item, index) => Object.is(item, b[index]) && index in b);
}

function compareAsText(a: unknown, b: unknown): number {
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
