/** Tests of values that misreport their length, their contents or their class. */
import { assertEquals } from "@std/assert";
import { snapshot } from "../../src/state/shared_state.ts";
import { replicas } from "./replicas.ts";

/** Defines an own property that hides the inherited one. */
function withProperty<T extends object>(value: T, name: PropertyKey, content: unknown): T {
  return Object.defineProperty(value, name, { value: content });
}

function listWithLength(length: unknown): number[] {
  return new Proxy([1, 2, 3], {
    get: (list, key) => key === "length" ? length : Reflect.get(list, key),
  });
}

/** A list whose first item is read as -1; the read changes the list. */
function listWithGetter(changes: (list: number[]) => void): number[] {
  const list = [1, 2, 3];
  return Object.defineProperty(list, 0, { get: () => (changes(list), -1) });
}

/** A list with enough holes to be encoded with its indexes. */
function sparse(key: string): number[] {
  const list: number[] = [];
  list[5000] = 1;
  return Object.assign(list, { [key]: 2 });
}

const VALUES: Record<string, [value: () => unknown, is: unknown]> = {
  "bytes with a false length": [
    () => withProperty(new Uint16Array([1, 2]), "byteLength", 3),
    new Uint16Array([1, 2]),
  ],
  "bytes with a false offset": [
    () => withProperty(new Uint16Array([1, 2]), "byteOffset", 1),
    new Uint16Array([1, 2]),
  ],
  "bytes with a false buffer": [
    () => withProperty(new Uint8Array([1]), "buffer", new ArrayBuffer(0)),
    new Uint8Array([1]),
  ],
  "bytes with a false prototype": [
    () => Object.setPrototypeOf(new Uint8Array([1, 2, 3]), Uint32Array.prototype),
    new Uint8Array([1, 2, 3]),
  ],
  "a view with a false length": [
    () => withProperty(new DataView(new ArrayBuffer(2)), "byteLength", 9),
    new DataView(new ArrayBuffer(2)),
  ],
  "a Map with a false iterator": [
    () => withProperty(new Map([[1, 2]]), Symbol.iterator, () => [[1, 2, 3], [4]].values()),
    new Map([[1, 2]]),
  ],
  "a Set with a false iterator": [
    () => withProperty(new Set([1]), Symbol.iterator, () => [2, 3].values()),
    new Set([1]),
  ],
  "an array with an undefined length": [() => listWithLength(undefined), []],
  "an array with the length 2.5": [() => listWithLength(2.5), [1, 2]],
  "an array with a text as its length": [() => listWithLength("x"), []],
  "an array that becomes shorter": [() => listWithGetter((list) => list.length = 1), [-1, , ,]],
  "an array that becomes longer": [() => listWithGetter((list) => list.push(4)), [-1, 2, 3]],
  "an array with a fractional index": [() => sparse("4000.5"), sparse("x").slice()],
  "an array with an index in exponent notation": [() => sparse("4e3"), sparse("x").slice()],
};

for (const [what, [value, is]] of Object.entries(VALUES)) {
  Deno.test(`SharedState stores ${what} by its actual contents`, () => {
    const { root, roots: [other] } = replicas();
    root.value = value();
    root.after = 1;
    assertEquals(other!.after, 1);
    assertEquals(snapshot(root.value), is);
    assertEquals(snapshot(other!.value), is);
  });
}

Deno.test("SharedState accepts the keys of Object.prototype, even when they are read-only", () => {
  const { root, roots: [other] } = replicas();
  Object.defineProperty(Object.prototype, "toString", { writable: false });
  try {
    Object.assign(root, { toString: 1 });
    root.nested = { toString: 2 };
    assertEquals([other!["toString"] as unknown, other!.nested.toString], [1, 2]);
  } finally {
    Object.defineProperty(Object.prototype, "toString", { writable: true });
  }
});
