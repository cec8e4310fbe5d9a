/** The views of a Map and a Set of the state. */

import type { Properties } from "../log/decoder.ts";
import { Method } from "../log/value_kinds.ts";
import { ObjectHandler, type ViewContext } from "./object_handler.ts";
import { unwrap, unwrapProxy } from "../replica/object_tag.ts";

type AnyMap = Map<unknown, unknown>;
type AnySet = Set<unknown>;
// deno-lint-ignore no-explicit-any -- methods of different shapes stand in one table
type CollectionMethods = Record<string | symbol, (this: any, ...args: any[]) => unknown>;

const SET_ALGEBRA = [
  "union",
  "intersection",
  "difference",
  "symmetricDifference",
  "isSubsetOf",
  "isSupersetOf",
  "isDisjointFrom",
] as const;

/** The traps of a Map or a Set. Built-in methods need the real object, so each is replaced. */
export class CollectionHandler extends ObjectHandler {
  readonly #methods: CollectionMethods;

  constructor(context: ViewContext, methods: CollectionMethods) {
    super(context);
    this.#methods = methods;
  }

  override get(target: Properties, key: string | symbol): unknown {
    if (key === "size") {
      this.cursor.sync();
      return (target as unknown as AnyMap).size;
    }
    const method = this.#methods[key];
    if (method !== undefined) return method;
    const value = Reflect.get(target, key);
    if (typeof value !== "function" || key === "constructor" || key in Object.prototype) {
      return value;
    }
    throw new TypeError(
      `Cannot call ${String(key)}(): a Map or Set of the shared state does not support it`,
    );
  }

  protected override assign(_target: Properties, key: string | symbol): void {
    throw new TypeError(
      `Cannot set "${String(key)}": a Map or Set of the shared state has only entries`,
    );
  }
}

function mapOf(value: unknown): AnyMap {
  const raw = unwrapProxy(value as object);
  if (raw instanceof Map) return raw;
  throw new TypeError("Incompatible receiver: expected a Map of the shared state");
}

function setOf(value: unknown): AnySet {
  const raw = unwrapProxy(value as object);
  if (raw instanceof Set) return raw;
  throw new TypeError("Incompatible receiver: expected a Set of the shared state");
}

/** Creates the methods of Maps. */
export function mapMethods({ replica: { cursor }, writer, wrap }: ViewContext): CollectionMethods {
  const read = (value: unknown): AnyMap => {
    cursor.sync();
    return mapOf(value);
  };
  // Catching up between two steps keeps the iteration live.
  function* entries(this: unknown): Generator<[unknown, unknown]> {
    const map = read(this);
    for (const [key, value] of map) {
      yield [wrap(key, map), wrap(value, map)];
      cursor.sync();
    }
  }
  function* keys(this: unknown): Generator<unknown> {
    for (const [key] of entries.call(this)) yield key;
  }
  function* values(this: unknown): Generator<unknown> {
    for (const [, value] of entries.call(this)) yield value;
  }
  const insert = (map: AnyMap, key: unknown, value: unknown) =>
    wrap(writer.call(map, Method.mapGetOrInsert, "getOrInsert", [key, value]), map);
  return table({
    get(key) {
      const map = read(this);
      return wrap(map.get(unwrap(key)), map);
    },
    has(key) {
      return read(this).has(unwrap(key));
    },
    set(key, value) {
      writer.call(mapOf(this), Method.mapSet, "set", [key, value]);
      return this;
    },
    delete(key) {
      if (!read(this).has(unwrap(key))) return false;
      return writer.call(mapOf(this), Method.mapDelete, "delete", [key], { shrinks: true });
    },
    clear() {
      writer.call(mapOf(this), Method.mapClear, "clear", [], { shrinks: true });
    },
    getOrInsert(key, value) {
      return insert(mapOf(this), key, value);
    },
    getOrInsertComputed(key, compute) {
      const known = unwrap(key);
      const map = read(this);
      if (map.has(known)) return wrap(map.get(known), map);
      return insert(map, key, compute(key === 0 ? 0 : key)); // -0 is 0 as a key
    },
    forEach(visit, self) {
      for (const [key, value] of entries.call(this)) visit.call(self, value, key, this);
    },
    entries,
    keys,
    values,
    [Symbol.iterator]: entries,
  });
}

/** Creates the methods of Sets. */
export function setMethods({ replica: { cursor }, writer, wrap }: ViewContext): CollectionMethods {
  const read = (value: unknown): AnySet => {
    cursor.sync();
    return setOf(value);
  };
  function* values(this: unknown): Generator<unknown> {
    const set = read(this);
    for (const member of set) {
      yield wrap(member, set);
      cursor.sync();
    }
  }
  function* entries(this: unknown): Generator<[unknown, unknown]> {
    for (const member of values.call(this)) yield [member, member];
  }
  const methods = table({
    has(member) {
      return read(this).has(unwrap(member));
    },
    add(member) {
      writer.call(setOf(this), Method.setAdd, "add", [member]);
      return this;
    },
    delete(member) {
      if (!read(this).has(unwrap(member))) return false;
      return writer.call(setOf(this), Method.setDelete, "delete", [member], { shrinks: true });
    },
    clear() {
      writer.call(setOf(this), Method.setClear, "clear", [], { shrinks: true });
    },
    forEach(visit, self) {
      for (const member of values.call(this)) visit.call(self, member, member, this);
    },
    entries,
    keys: values,
    values,
    [Symbol.iterator]: values,
  });
  for (const name of SET_ALGEBRA) {
    // On a local Set of views, since `other` has views too.
    methods[name] = function (other) {
      return new Set(values.call(this))[name](other);
    };
  }
  return methods;
}

/** Creates a table without a prototype, so that it has no `constructor` and the like. */
function table(methods: CollectionMethods): CollectionMethods {
  return Object.assign(Object.create(null), methods);
}
