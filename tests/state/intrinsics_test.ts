/** Tests of the state when a task has replaced built-ins. */
import { assert, assertEquals } from "@std/assert";
import { PLACES, reinstate, restoreBuiltIns } from "../../src/state/log/intrinsics.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { snapshot } from "../../src/state/replica/snapshot.ts";

const { defineProperty, getOwnPropertyDescriptor } = Object;

/** A value of everything that can be shared. */
function everything() {
  return {
    texts: ["plain", "x".repeat(60), "größe 日本 🎉", "\ud800", "日本".repeat(40)],
    numbers: [1, 1.5, -0, 12345678901234567890n],
    others: [true, undefined, null, , { nested: { deep: 1 } }],
    map: new Map<unknown, unknown>([["k", { v: 1 }], [{ key: 1 }, [1]]]),
    set: new Set([1, "a", { z: 1 }]),
    date: new Date(86_400_000),
    expression: /ab+c/gi,
    bytes: [new Uint8Array([1, 2, 3]), new DataView(new ArrayBuffer(2))],
    error: Object.assign(new TypeError("m", { cause: { why: 1 } }), { code: 7 }),
    bare: Object.assign(Object.create(null), { q: 1 }),
  };
}

const PRIMITIVES = ["plain", "x".repeat(60), "größe 日本 🎉", 1, 1.5, -7n, true, null, undefined];

/** Runs `act` while one built-in is replaced, and returns the thrown error. */
function replacing([holder, key]: typeof PLACES[number], value: unknown, act: () => void): unknown {
  const own = getOwnPropertyDescriptor(holder, key)!;
  const other = own.get
    ? { get: () => value, configurable: true }
    : { value: () => value, configurable: true, writable: true };
  defineProperty(holder, key, other);
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  const after = getOwnPropertyDescriptor(holder, key);
  const isBack = after !== undefined && after.get === other.get && after.value === other.value;
  defineProperty(holder, key, own);
  return thrown ?? (isBack ? undefined : new Error("what the task has made of it is gone"));
}

for (const value of [undefined, 0]) {
  Deno.test(`SharedState stores and reads the same values when a built-in returns ${value}`, () => {
    const state = SharedState.create();
    const other = SharedState.join(state.invite("other"));
    let wrong: unknown[] = [];
    for (const place of PLACES) {
      const [written, stored] = [everything(), everything()];
      const thrown = replacing(place, value, () => {
        state.root.written = written;
        state.setResult("result", written);
        for (let i = 0; i < PRIMITIVES.length; i++) state.root[`primitive ${i}`] = PRIMITIVES[i];
      }) ?? (state.root.stored = stored, replacing(place, value, () => void other.root.stored));
      try {
        assertEquals(thrown, undefined);
        assertEquals(snapshot(other.root.written), written);
        assertEquals(snapshot(other.root.results.result), written);
        assertEquals(snapshot(other.root.stored), stored);
        PRIMITIVES.forEach((it, i) => assertEquals(other.root[`primitive ${i}`], it));
        for (let i = 0; i < PRIMITIVES.length; i++) state.root[`primitive ${i}`] = "";
      } catch (error) {
        wrong = [...wrong, [place[1], error]];
      }
    }
    assertEquals(wrong, []);
  });
}

Deno.test("restoreBuiltIns() returns a replaced built-in, and undefined when there is none", () => {
  assertEquals(restoreBuiltIns(), undefined);
  for (const place of PLACES) {
    let found: ReturnType<typeof restoreBuiltIns>;
    replacing(place, undefined, () => {
      found = restoreBuiltIns();
      if (found !== undefined) reinstate(found);
    });
    const isCheckedByOthers = place[0] === RegExp.prototype;
    assert(isCheckedByOthers || found?.[0]?.[0] === place, String(place[1]));
  }
});

Deno.test("reinstate() restores all replacements when array iteration is one of them", () => {
  const state = SharedState.create();
  const [iterate, set] = [Array.prototype[Symbol.iterator], Map.prototype.set];
  const otherIterate = (() => {}) as unknown as typeof iterate;
  const otherSet = (() => {}) as unknown as typeof set;
  Array.prototype[Symbol.iterator] = otherIterate;
  Map.prototype.set = otherSet;
  let thrown: unknown;
  try {
    state.root.written = { a: 1 };
  } catch (error) {
    thrown = error;
  }
  const isBack = Array.prototype[Symbol.iterator] === otherIterate &&
    Map.prototype.set === otherSet;
  Array.prototype[Symbol.iterator] = iterate;
  Map.prototype.set = set;
  assertEquals([thrown, isBack], [undefined, true]);
  assertEquals(snapshot(state.root.written), { a: 1 });
});
