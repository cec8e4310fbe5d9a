import { assertEquals, assertThrows } from "@std/assert";
import { kindOf } from "../../src/state/log/value_kinds.ts";
import { makeReadOnly } from "../../src/state/results/make_read_only.ts";

function readOnly<T extends object>(object: T): T {
  return makeReadOnly(kindOf(object), object);
}

// deno-lint-ignore no-explicit-any -- the tests write where the types forbid it
const WRITES: Readonly<Record<string, [object: object, write: (object: any) => unknown]>> = {
  "a property": [{ a: 1 }, (it) => it.a = 2],
  "a new property": [{ a: 1 }, (it) => it.b = 2],
  "a deletion": [{ a: 1 }, (it) => delete it.a],
  "a push": [[1], (it) => it.push(2)],
  "a sort": [[2, 1], (it) => it.sort()],
  "Map.set()": [new Map([[1, 2]]), (it) => it.set(1, 3)],
  "Map.clear()": [new Map([[1, 2]]), (it) => it.clear()],
  "Set.add()": [new Set([1]), (it) => it.add(2)],
  "Date.setTime()": [new Date(1), (it) => it.setTime(2)],
  "RegExp.compile()": [/a/, (it) => it.compile("b")],
  "a property of an error": [new Error("a"), (it) => it.message = "b"],
};

for (const [what, [object, write]] of Object.entries(WRITES)) {
  Deno.test(`makeReadOnly() makes ${what} throw a TypeError and change nothing`, () => {
    const before = Deno.inspect(object);
    const it = readOnly(object);
    assertThrows(() => write(it), TypeError);
    assertEquals(Deno.inspect(it), before);
    assertEquals(Deno.inspect(structuredClone(it)), before);
  });
}

Deno.test("makeReadOnly() names the method and the way out for a Map", () => {
  assertThrows(
    () => readOnly(new Map()).set(1, 2),
    TypeError,
    "Cannot call set() of a Map in a result: results are read-only; snapshot(value) gives a copy",
  );
});

Deno.test("makeReadOnly() leaves a Map and a Date what they are for those who read them", () => {
  const map = readOnly(new Map([["a", 1]]));
  assertEquals([...map], [["a", 1]]);
  assertEquals(map, new Map([["a", 1]]));
  assertEquals(Object.getPrototypeOf(map), Map.prototype);
  assertEquals(readOnly(new Date(5)).toISOString(), "1970-01-01T00:00:00.005Z");
});
