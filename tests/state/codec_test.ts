import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { snapshot } from "../../src/state/shared_state.ts";
import { digest, forceSnapshots, replicas } from "./replicas.ts";
import { anyText } from "../support/any_text.ts";

const CASES: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  true: true,
  false: false,
  zero: 0,
  "negative zero": -0,
  NaN: NaN,
  Infinity: -Infinity,
  int: -2147483648,
  "past int": 2147483648,
  double: 1.1,
  "largest safe": Number.MAX_SAFE_INTEGER,
  bigint: 0n,
  "negative bigint": -(2n ** 200n) + 1n,
  "empty string": "",
  ascii: "abc",
  latin1: "é\u0080\u009f\xff",
  utf16: "日本",
  "lone surrogate": "a\ud800b",
  "long ascii": "x".repeat(5000),
  "long unicode": "日本 é ".repeat(3000),
  "long with a byte order mark": "\ufeff" + "y".repeat(100),
  "long with a lone surrogate": "z".repeat(20_000) + "\udfff",
  date: new Date(1234567890123),
  "invalid date": new Date(NaN),
  regexp: /a(b)\/[/]/giu,
  "empty regexp": new RegExp(""),
  "array with holes": [1, , 3, undefined, , ,],
  "null prototype": Object.assign(Object.create(null), { a: 1 }),
  map: new Map<unknown, unknown>([[NaN, 1], ["a", new Map([[{ k: 1 }, new Set([1])]])]]),
  set: new Set([1, "1", null, undefined, -0]),
  "array buffer": new Uint8Array([1, 2, 3]).buffer,
  "data view": new DataView(new Uint8Array([1, 2, 3]).buffer),
  int8: new Int8Array([-1]),
  uint8: new Uint8Array([255]),
  clamped: new Uint8ClampedArray([255]),
  int16: new Int16Array([-2]),
  uint16: new Uint16Array([65535]),
  int32: new Int32Array([-3]),
  uint32: new Uint32Array([4294967295]),
  float16: new Float16Array([1.5]),
  float32: new Float32Array([1.5]),
  float64: new Float64Array([-0, 1.1]),
  bigint64: new BigInt64Array([-1n]),
  biguint64: new BigUint64Array([1n]),
  "a part of a buffer": new Uint16Array(new Uint8Array([1, 2, 3, 4, 5, 6]).buffer, 2, 1),
  nested: { a: [{ b: { c: [[]] } }], "a key": { "": 1 } },
};

for (const [name, value] of Object.entries(CASES)) {
  Deno.test(`SharedState shares the value "${name}" through the log and through a snapshot`, () => {
    const { shared, root, roots: [other] } = replicas();
    root.value = value;
    assertEquals(snapshot(other!.value), value);
    assertEquals(snapshot(root.value), value);
    assert(Object.is(snapshot(root.value), value) || typeof value === "object");
    forceSnapshots(shared, 2);
    assertEquals(snapshot(other!.value), value);
    assertEquals(Object.getPrototypeOf(snapshot(other!.value) ?? 1), proto(value));
  });
}

function proto(value: unknown): unknown {
  return Object.getPrototypeOf(value ?? 1);
}

class HttpError extends RangeError {
  override name = "HttpError";
  constructor(readonly status: number, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

Deno.test("SharedState preserves the kind, stack, cause and properties of an error", () => {
  const { shared, root, roots: [other] } = replicas();
  const error = new HttpError(404, "not found", { cause: new Error("deep") });
  root.error = error;
  for (let round = 0; round < 2; round++) {
    const copy: HttpError = other!.error;
    assert(copy instanceof RangeError);
    assertEquals(
      [copy.name, copy.message, copy.stack, copy.status, (copy.cause as Error).message],
      [
        "HttpError",
        "not found",
        error.stack,
        404,
        "deep",
      ],
    );
    assertEquals(Object.keys(copy), ["status"]);
    assertEquals(snapshot(copy).message, "not found");
    assert(Deno.inspect(copy).includes("not found"));
    forceSnapshots(shared);
  }
});

Deno.test("SharedState preserves the members of an AggregateError, and a cyclic cause", () => {
  const { root, roots: [other] } = replicas();
  root.error = new AggregateError([new TypeError("a"), 5], "both");
  assertInstanceOf(other!.error, AggregateError);
  assertInstanceOf(other!.error.errors[0], TypeError);
  assertEquals([...other!.error.errors].length, 2);
  const loop = new Error("loop");
  loop.cause = loop;
  root.loop = loop;
  assertStrictEquals(other!.loop.cause, other!.loop);
});

Deno.test("SharedState shares changes of an error", () => {
  const { root, roots: [other] } = replicas();
  root.error = new Error("a");
  other!.error.message = "b";
  other!.error.code = 7;
  assertEquals([root.error.message, root.error.code], ["b", 7]);
  assertEquals(Object.keys(root.error), ["code"]);
});

Deno.test("SharedState treats __proto__ as an ordinary key", () => {
  const { shared, root, roots: [other] } = replicas();
  root.value = JSON.parse('{"__proto__": {"polluted": 1}, "a": 2}');
  forceSnapshots(shared);
  assertEquals(Object.keys(other!.value), ["__proto__", "a"]);
  assertStrictEquals(Object.getPrototypeOf(other!.value), Object.prototype);
  assertEquals(other!.value.polluted, undefined);
});

Deno.test("SharedState reads a getter of a value once, and stores its result", () => {
  const { root, roots: [other] } = replicas();
  let reads = 0;
  root.value = {
    get a() {
      return ++reads;
    },
  };
  assertEquals([other!.value.a, other!.value.a, root.value.a, reads], [1, 1, 1, 1]);
});

Deno.test("SharedState accepts a value with a getter that writes to the state", () => {
  const { root, roots: [other] } = replicas();
  root.value = {
    get a() {
      root.inner = { by: "getter" };
      return root.inner;
    },
  };
  assertStrictEquals(other!.value.a, other!.inner);
  assertEquals(snapshot(other!.value), { a: { by: "getter" } });
});

Deno.test("SharedState reads a user's Proxy through its traps, without holding the lock", () => {
  const { root, roots: [other] } = replicas();
  root.value = new Proxy({ a: 1 }, {
    get: (target, key) => {
      root.seen = String(key);
      return Reflect.get(target, key);
    },
  });
  assertEquals(snapshot(other!.value), { a: 1 });
  assertEquals(other!.seen, "a");
});

Deno.test("SharedState stores a chain that is deeper than the stack", () => {
  const { shared, root, roots: [other] } = replicas(1, 1 << 20);
  type Link = { next?: Link; n: number };
  let chain: Link = { n: 0 };
  for (let n = 1; n < 50_000; n++) chain = { next: chain, n };
  root.chain = chain;
  for (let n = 0; n < 10; n++) root.chain = { next: root.chain, n };
  const late = shared.invite("late");
  forceSnapshots(shared);
  let length = 0;
  for (let at: Link | undefined = snapshot(other!.chain); at; at = at.next) length++;
  assertEquals(length, 50_010);
  shared.fence(late);
});

Deno.test("SharedState stores a sparse array without memory for its holes", () => {
  const { shared, root, roots: [other] } = replicas();
  root.list = [1];
  root.list.length = 4_000_000_000;
  root.list[3_999_999_999] = "end";
  forceSnapshots(shared);
  assertEquals(other!.list.length, 4_000_000_000);
  assertEquals([other!.list[0], other!.list[3_999_999_999], 5 in other!.list], [1, "end", false]);
});

Deno.test("SharedState preserves any value", () => {
  const value = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
    withUnicodeString: true,
  });
  const { shared, root, roots: [other] } = replicas();
  fc.assert(
    fc.property(value, (value) => {
      root.value = value;
      assertEquals(snapshot(other!.value), value);
      assertEquals(digest(other!), digest(root));
    }),
    { numRuns: 300 },
  );
  const late = replicasOf(shared);
  assertEquals(digest(late), digest(root));
});

function replicasOf(shared: ReturnType<typeof replicas>["shared"]) {
  return (shared.constructor as typeof import("../../src/state/shared_state.ts").SharedState)
    .join(shared.invite("late")).root;
}

Deno.test("SharedState preserves any string, as a key and as a value", () => {
  const { root, roots: [other] } = replicas();
  fc.assert(
    fc.property(anyText({ maxLength: 200 }), fc.integer(), (text, cut) => {
      // Cutting may leave a lone surrogate.
      root[`k${text}`] = text.slice(Math.abs(cut) % 3);
      assertEquals(other![`k${text}`], text.slice(Math.abs(cut) % 3));
      delete root[`k${text}`];
    }),
    { numRuns: 300 },
  );
});

Deno.test("SharedState omits hidden properties, properties of arrays and derived classes", () => {
  const { root, roots: [other] } = replicas();
  root.value = Object.assign([1], { name: 1 });
  assertEquals(Object.keys(other!.value), ["0"]);
  root.value = Object.assign(new Map([[1, 2]]), { name: 1 });
  assertEquals([other!.value.name, other!.value.size], [undefined, 1]);
  root.value = Object.defineProperty({ seen: 1 }, "hidden", { value: 1 });
  assertEquals("hidden" in other!.value, false);
  Object.defineProperty(root.value, "shown", { value: 2 });
  assertEquals(Object.entries(other!.value), [["seen", 1], ["shown", 2]]);
  class Bytes extends Uint8Array {}
  root.value = Bytes.of(1, 2);
  assertStrictEquals(other!.value.constructor, Uint8Array);
  assertEquals([ArrayBuffer.isView(other!.value), ArrayBuffer.isView(snapshot(other!.value))], [
    false,
    true,
  ]);
});

Deno.test("SharedState stores dates and regular expressions with overridden methods", () => {
  class Pattern extends RegExp {
    override get source() {
      return "(";
    }
    override get flags() {
      return "?";
    }
  }
  class Day extends Date {
    override getTime(): never {
      throw new Error("not today");
    }
  }
  const { root, roots: [other] } = replicas();
  root.value = [new Pattern("a+", "i"), new Day(5)];
  assertEquals(snapshot(other!.value), [/a+/i, new Date(5)]);
});
