/** Tests of the encoding of results in a journal. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { StoredResult } from "../../src/journal/journal_format.ts";
import {
  decodeResult,
  encodeResult,
  LARGE_RESULT,
  PACKED_BYTES_MAX,
} from "../../src/journal/result_codec.ts";
import { RESULT_BYTES_MAX } from "../../src/journal/measure_value.ts";
import { SharedState, snapshot } from "../../src/state/shared_state.ts";
import { assertGolden } from "../support/golden.ts";

function stored(value: unknown): StoredResult {
  return JSON.parse(`{"passed":0${encodeResult(value)}}`);
}

/** The result after a state, its replica, a line of a journal and the state of another run. */
function throughJournal(value: unknown): unknown {
  const state = SharedState.create();
  state.setResult("a", value);
  const recalled = decodeResult(stored(state.root.results["a"]));
  const next = SharedState.create();
  next.setResult("a", recalled);
  return snapshot(next.root.results["a"]);
}

const circle: Record<string, unknown> = { name: "circle" };
circle.self = circle;
const shared = { x: 1 };
const chain = { next: null as unknown };
for (let i = 0, end = chain; i < 10_000; i++) end = end.next = { next: null };

const JSON_VALUES: Readonly<Record<string, unknown>> = {
  "a number": 1.5,
  "a string with special characters": 'a "quoted"\nline \u2028 \ud800 \u0000',
  "true": true,
  "null": null,
  "an object": { a: [1, "two", { three: null }], "": 0, __proto__x: 1 },
  "an object with built-in names as keys": JSON.parse('{"__proto__":1,"toJSON":2}'),
  "an empty array": [],
  "true and false": [true, { no: false }],
};
for (const [what, value] of Object.entries(JSON_VALUES)) {
  Deno.test(`encodeResult() encodes ${what} as JSON, and decodeResult() restores it`, () => {
    assertEquals(Object.keys(stored(value)), ["passed", "result"]);
    assertEquals(throughJournal(value), value);
  });
}

const OTHER_VALUES: Readonly<Record<string, unknown>> = {
  "NaN": NaN,
  "minus zero": -0,
  "a bigint": -(2n ** 70n),
  "undefined in an object": { a: undefined },
  "an array with holes": [1, , 3], // deno-lint-ignore no-sparse-arrays -- that is the point
  "a Map with objects as keys": new Map<unknown, unknown>([[{ a: 1 }, new Set([1, NaN])], [2, []]]),
  "a Date": { at: new Date(1234) },
  "an invalid Date": new Date(NaN),
  "a RegExp": /a\/b/giu,
  "bytes": { bytes: new Uint8Array([1, 2, 3]), doubles: new Float64Array([NaN, -0, 1]) },
  "an ArrayBuffer": new Uint8Array([9, 8]).buffer,
  "an Error with a cause": new RangeError("far", { cause: new Error("why") }),
  "an object without a prototype": Object.assign(Object.create(null), { a: 1 }),
  "an object that contains itself": circle,
  "an object that occurs twice": [shared, shared],
  "a chain deeper than the stack": chain,
};
for (const [what, value] of Object.entries(OTHER_VALUES)) {
  Deno.test(`encodeResult() encodes ${what} as bytes, and decodeResult() restores it`, () => {
    assertEquals(Object.keys(stored(value)), ["passed", "bytes"]);
    const back = throughJournal(value);
    // The chain is too long to be compared, or shown, by recursion.
    if (value !== chain) return assertEquals(back, value);
    let length = 0;
    for (let link = back as typeof chain | null; link; link = link.next as typeof chain) length++;
    assertEquals(length, 10_001);
  });
}

Deno.test("encodeResult() preserves the identity of objects", () => {
  const [one, other] = throughJournal([shared, shared]) as object[];
  assert(one === other);
  const back = throughJournal(circle) as typeof circle;
  assert(back.self === back);
});

Deno.test("encodeResult() returns an empty text for undefined", () => {
  assertEquals(encodeResult(undefined), "");
  assertEquals(decodeResult(stored(undefined)), undefined);
});

Deno.test("encodeResult() preserves any value", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
  });
  fc.assert(
    fc.property(anything, (value) => assertEquals(throughJournal(value), value)),
    { numRuns: 300 },
  );
});

Deno.test("encodeResult() omits a result that is too large, without encoding it", () => {
  const large = [
    "x".repeat(RESULT_BYTES_MAX + 1),
    new Uint8Array(RESULT_BYTES_MAX + 1),
    new Array(RESULT_BYTES_MAX).fill(1),
    new Array(2 ** 32 - 1),
    new Map([["a", { deep: [new Float64Array(RESULT_BYTES_MAX / 8)] }]]),
    Array.from({ length: 2000 }, () => ({ text: "y".repeat(1000) })),
    new Error("z".repeat(RESULT_BYTES_MAX)),
    1n << BigInt(RESULT_BYTES_MAX * 4),
  ];
  for (const value of large) {
    assertEquals(stored(value), { passed: 0, omitted: true } as StoredResult);
  }
  assertNotEquals(stored("x".repeat(RESULT_BYTES_MAX / 2)).omitted, true);
});

Deno.test("encodeResult() matches the golden bytes of this version", () => {
  const error = { name: "Odd", message: "m", stack: "s", code: 7 };
  const values = [
    -0,
    2n ** 65n,
    // deno-lint-ignore no-sparse-arrays -- holes are tested
    [1, , "ä", "\u4e00", { a: undefined }],
    new Map<unknown, unknown>([["k", new Set([false])], [null, new Date(86_400_000)]]),
    [/x/g, new Int16Array([1, -1]), new DataView(new ArrayBuffer(2)), Object.create(null)],
    Object.assign(new TypeError(), error),
  ];
  assertGolden("journal/bytes.txt", values.map((it) => `${encodeResult(it)}\n`).join(""));
});

Deno.test("encodeResult() omits every value whose packed form is longer than PACKED_BYTES_MAX", () => {
  const values = [
    new Array(PACKED_BYTES_MAX).fill(null),
    "日".repeat(PACKED_BYTES_MAX / 3),
    new Uint8Array(PACKED_BYTES_MAX),
  ];
  const state = SharedState.create();
  for (const value of values) {
    state.setResult("a", value);
    assert(state.packedLengthOf("a") > PACKED_BYTES_MAX - 10);
    assertEquals(encodeResult(value), encodeResult(LARGE_RESULT));
  }
});
