/**
 * The view of bytes of the state. They read like any typed array, DataView or ArrayBuffer, and
 * cannot be changed in place, since that would change one thread's copy alone.
 */

import type { Binary } from "../log/value_kinds.ts";
import { throwImmutable } from "../log/opaque_values.ts";
import { snapshot } from "../replica/snapshot.ts";
import { unwrap } from "../replica/object_tag.ts";

/** Methods that pass the array itself to a callback or share its memory: they run on a copy. */
const ON_A_COPY = new Set<string | symbol>([
  "every",
  "filter",
  "find",
  "findIndex",
  "findLast",
  "findLastIndex",
  "forEach",
  "map",
  "reduce",
  "reduceRight",
  "some",
  "subarray",
]);

/** Methods that change bytes in place: they throw. */
const CHANGES = new Set<string | symbol>([
  "copyWithin",
  "fill",
  "resize",
  "reverse",
  "set",
  "setFromBase64",
  "setFromHex",
  "sort",
  "transfer",
  "transferToFixedLength",
]);

/** The traps of bytes. */
export class BinaryHandler implements ProxyHandler<Binary> {
  readonly #wrap: (value: unknown) => unknown;

  constructor(wrap: (value: unknown) => unknown) {
    this.#wrap = wrap;
  }

  get(target: Binary, key: string | symbol): unknown {
    if (target instanceof ArrayBuffer && (key === Symbol.iterator || key === "length")) {
      // `new Uint8Array(value)` reads these. Without this line it would silently be empty.
      throw new TypeError(
        "Cannot read an ArrayBuffer of the shared state; take a copy first: buffer.slice(0)",
      );
    }
    // Through the buffer the bytes could be changed or transferred.
    if (key === "buffer") return (snapshot(target) as DataView | Uint8Array).buffer;
    const value = Reflect.get(target, key, target);
    if (typeof value === "object" && value !== null) return this.#wrap(value);
    if (typeof value !== "function" || key === "constructor") return value;
    if (CHANGES.has(key) || (target instanceof DataView && String(key).startsWith("set"))) {
      return () => refuse(target, `${String(key)}()`);
    }
    return (...args: unknown[]) => {
      const self = ON_A_COPY.has(key) ? snapshot(target) : target;
      return Reflect.apply(value, self, args.map(unwrap));
    };
  }

  set(target: Binary, key: string | symbol): boolean {
    return refuse(target, `[${String(key)}] = …`);
  }

  defineProperty(target: Binary, key: string | symbol): boolean {
    return refuse(target, String(key));
  }

  deleteProperty(target: Binary, key: string | symbol): boolean {
    return refuse(target, String(key));
  }

  setPrototypeOf(target: Binary): boolean {
    return refuse(target, "setPrototypeOf");
  }

  preventExtensions(target: Binary): boolean {
    return refuse(target, "preventExtensions");
  }
}

function refuse(target: Binary, what: string): never {
  return throwImmutable(target.constructor.name, what);
}
