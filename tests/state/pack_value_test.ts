import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { packValue } from "../../src/state/results/pack_value.ts";
import { unpackValue } from "../../src/state/results/unpack_value.ts";
import { StateCloneError } from "../../src/state/state_errors.ts";

function pack(value: unknown): Uint8Array<ArrayBuffer> {
  const content = packValue(value, "result");
  for (;;) {
    const bytes = new Uint8Array(content.byteLength);
    if (content.writeTo(bytes)) return bytes;
  }
}

// deno-lint-ignore no-explicit-any -- values of any kind
function copyOf(value: unknown): any {
  return unpackValue(pack(value)).value;
}

const VALUES: Readonly<Record<string, unknown>> = {
  "numbers": [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 0.5, NaN, Infinity, Number.MAX_VALUE],
  "texts": ["", "a", "é", "€", "😀", "a".repeat(47) + "é", "long ".repeat(100), "😀".repeat(50)],
  "bigints": [0n, -1n, 2n ** 100n, -(2n ** 100n)],
  "null and undefined": [null, undefined, true, false],
  "objects of one shape": Array.from({ length: 200 }, (_, id) => ({ id, name: `n${id}` })),
  "objects of many shapes": Array.from({ length: 2000 }, (_, n) => ({ [`k${n}`]: n, n })),
  "keys that collide when joined": [{ a: 1, "b,c": 2 }, { "a,b": 1, c: 2 }],
  "an object of many keys": Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`k${n}`, n])),
  "integer keys": { 2: "b", 1: "a", x: 1 },
  "holes": [, 1, , , 2, ,],
  "a Map and a Set": [new Map<unknown, unknown>([["a", { b: 1 }], [{}, 2]]), new Set([1, "a", {}])],
  "a date and a pattern": [new Date(5), new Date(NaN), /a\/b/giu],
  "errors": [new TypeError("t", { cause: { a: 1 } }), new AggregateError([new Error("x")], "all")],
  "bytes": [new Uint8Array([1, 2]), new Float64Array([0.5]), new Uint8Array(10_000).fill(7)],
  "bytes between texts": ["x".repeat(70_000), new Uint8Array(9_000).fill(1), "é".repeat(70_000)],
  "a long text that is not ASCII": "ä".repeat(1 << 20) + "x",
  "an object without a prototype": Object.assign(Object.create(null), { a: [1] }),
};
for (const [what, value] of Object.entries(VALUES)) {
  Deno.test(`packValue() keeps ${what}`, () => assertEquals(copyOf(value), value));
}

Deno.test("packValue() keeps minus zero, lone surrogates and `__proto__` as a key", () => {
  assert(Object.is(copyOf([-0])[0], -0));
  assertStrictEquals(copyOf("a\ud800" + "b".repeat(50)), "a\ud800" + "b".repeat(50));
  const copy = copyOf(JSON.parse('[{"__proto__":1,"a":2},{"__proto__":3,"a":4}]'));
  assertEquals(Object.keys(copy[1]), ["__proto__", "a"]);
  assertEquals(Object.getPrototypeOf(copy[1]), Object.prototype);
  assertEquals(Object.getOwnPropertyDescriptor(copy[1], "__proto__")!.value, 3);
});

Deno.test("packValue() keeps identities and cycles, also below the levels packed in place", () => {
  const shared = { deep: [1] };
  const value: Record<string, unknown> = {
    a: shared,
    b: [shared],
    map: new Map([[shared, shared]]),
  };
  value["self"] = value;
  let inner: Record<string, unknown> = value;
  for (let level = 0; level < 450; level++) inner = inner["next"] = { level };
  inner["first"] = value;
  inner["shared"] = shared;
  const copy = copyOf(value);
  assertStrictEquals(copy.a, copy.b[0]);
  assertStrictEquals(copy.self, copy);
  assertStrictEquals(copy.map.get(copy.a), copy.a);
  let last = copy;
  while (last.next !== undefined) last = last.next;
  assertStrictEquals(last.first, copy);
  assertStrictEquals(last.shared, copy.a);
  assert(Object.isFrozen(last));
});

Deno.test("packValue() packs a chain of 200,000 objects without deep recursion", () => {
  let chain: { next?: unknown } = {};
  for (let n = 0; n < 200_000; n++) chain = { next: chain };
  let count = 0;
  for (let it = copyOf(chain); it.next !== undefined; it = it.next) count++;
  assertEquals(count, 200_000);
});

Deno.test("packValue() names the path of what cannot be shared, however deep it is", () => {
  const bad = { list: [new Map([["k", { f() {} }]])] };
  assertThrows(() => pack(bad), StateCloneError, 'result.list[0].get("k").f: a function (f)');
  let deep: unknown = () => {};
  for (let level = 0; level < 450; level++) deep = { n: deep };
  const path = "result" + ".n".repeat(450);
  assertThrows(() => pack(deep), StateCloneError, `${path}: a function (deep) cannot be shared`);
  assertThrows(() => pack({ a: [Symbol("s")] }), StateCloneError, "result.a[0]: Symbol(s)");
});

Deno.test("packValue() reads a getter once", () => {
  let reads = 0;
  const value = {
    get a() {
      return ++reads;
    },
  };
  assertEquals([copyOf(value), reads], [{ a: 1 }, 1]);
});

Deno.test("packValue() keeps any value", () => {
  const options = {
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  };
  fc.assert(fc.property(fc.anything(options), (value) => {
    assertEquals(Deno.inspect(copyOf(value), SHOWN), Deno.inspect(value, SHOWN));
  }));
});

const SHOWN = { depth: Infinity, iterableLimit: Infinity, strAbbreviateSize: Infinity };
