/**
 * Makes objects of a result read-only. Freezing a million objects takes 0.15 s once; proxies that
 * reject writes would make each iteration of them take 1.3 s, and are no arguments for
 * `structuredClone`, `postMessage` and Deno's functions.
 */

import { isErrorKind, Kind } from "../log/value_kinds.ts";
import { sealOpaque } from "../log/opaque_values.ts";

/** Makes an object read-only once it has its members; bytes cannot be. Returns the object. */
export function makeReadOnly<T extends object>(kind: number, object: T): T {
  if (kind <= Kind.array || isErrorKind(kind)) return Object.freeze(object);
  if (kind === Kind.map) return Object.defineProperties(object, MAP_WRITES);
  if (kind === Kind.set) return Object.defineProperties(object, SET_WRITES);
  if (kind === Kind.date) return Object.freeze(Object.setPrototypeOf(object, readOnlyDate));
  if (kind === Kind.regexp) sealOpaque(kind, object);
  return object;
}

/** Own methods, not another prototype: the object stays a Map for everything that looks at it. */
const MAP_WRITES = rejections("Map", ["clear", "delete", "set", "getOrInsert"]);
const SET_WRITES = rejections("Set", ["add", "clear", "delete"]);
const DATE_SETTERS = Object.getOwnPropertyNames(Date.prototype).filter((it) =>
  it.startsWith("set")
);
const readOnlyDate: object = Object.create(Date.prototype, rejections("Date", DATE_SETTERS));

function rejections(what: string, methods: readonly string[]): PropertyDescriptorMap {
  return Object.fromEntries(methods.map((method) => [method, {
    value: () => {
      throw new TypeError(
        `Cannot call ${method}() of a ${what} in a result: results are read-only; ` +
          "snapshot(value) gives a copy to change",
      );
    },
  }]));
}
