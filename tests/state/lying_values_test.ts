/** Values that say of themselves what they are not: they are taken for what they are, and stop no thread. */
import { assertEquals } from "@std/assert";
import { snapshot } from "../../src/state/shared_state.ts";
import { replicas } from "./replicas.ts";

/** Has a property of its own say something else. */
function saying<T extends object>(value: T, name: PropertyKey, said: unknown): T {
  return Object.defineProperty(value, name, { value: said });
}

function listThatSays(length: unknown): number[] {
  return new Proxy([1, 2, 3], {
    get: (list, key) => key === "length" ? length : Reflect.get(list, key),
  });
}

/** Its first item is read as -1, which has something done to it. */
function listThat(changes: (list: number[]) => void): number[] {
  const list = [1, 2, 3];
  return Object.defineProperty(list, 0, { get: () => (changes(list), -1) });
}

/** A list with so many holes that its indexes are listed. */
function sparse(key: string): number[] {
  const list: number[] = [];
  list[5000] = 1;
  return Object.assign(list, { [key]: 2 });
}

const VALUES: Record<string, [value: () => unknown, is: unknown]> = {
  "bytes, of their length": [
    () => saying(new Uint16Array([1, 2]), "byteLength", 3),
    new Uint16Array([1, 2]),
  ],
  "bytes, of their place": [
    () => saying(new Uint16Array([1, 2]), "byteOffset", 1),
    new Uint16Array([1, 2]),
  ],
  "bytes, of their memory": [
    () => saying(new Uint8Array([1]), "buffer", new ArrayBuffer(0)),
    new Uint8Array([1]),
  ],
  "bytes, of their class": [
    () => Object.setPrototypeOf(new Uint8Array([1, 2, 3]), Uint32Array.prototype),
    new Uint8Array([1, 2, 3]),
  ],
  "a view, of its length": [
    () => saying(new DataView(new ArrayBuffer(2)), "byteLength", 9),
    new DataView(new ArrayBuffer(2)),
  ],
  "a Map, of its entries": [
    () => saying(new Map([[1, 2]]), Symbol.iterator, () => [[1, 2, 3], [4]].values()),
    new Map([[1, 2]]),
  ],
  "a Set, of its members": [
    () => saying(new Set([1]), Symbol.iterator, () => [2, 3].values()),
    new Set([1]),
  ],
  "a list, of its length: nothing": [() => listThatSays(undefined), []],
  "a list, of its length: 2.5": [() => listThatSays(2.5), [1, 2]],
  "a list, of its length: a text": [() => listThatSays("x"), []],
  "a list that becomes shorter": [() => listThat((list) => list.length = 1), [-1, , ,]],
  "a list that becomes longer": [() => listThat((list) => list.push(4)), [-1, 2, 3]],
  "a list, of an index that is none": [() => sparse("4000.5"), sparse("x").slice()],
  "a list, of an index that is written otherwise": [() => sparse("4e3"), sparse("x").slice()],
};

for (const [what, [value, is]] of Object.entries(VALUES)) {
  Deno.test(`state: a value that lies: ${what}`, () => {
    const { root, roots: [other] } = replicas();
    root.value = value();
    root.after = 1;
    assertEquals(other!.after, 1);
    assertEquals(snapshot(root.value), is);
    assertEquals(snapshot(other!.value), is);
  });
}

Deno.test("state: a key that Object.prototype has is one like any other, also where that is frozen", () => {
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
