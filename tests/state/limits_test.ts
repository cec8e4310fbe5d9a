/** Tests of writes that exceed the limits of the JavaScript engine. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { unwrapProxy } from "../../src/state/replica/object_tag.ts";
import { snapshot, StateFullError } from "../../src/state/shared_state.ts";
import { replicas } from "./replicas.ts";

const INDEX_MAX = 2 ** 32 - 2;
const ENTRIES_MAX = 2 ** 23;

Deno.test("ArrayHandler accepts the largest indexes of an array", () => {
  const { root, roots: [other] } = replicas();
  for (const index of [2 ** 31 - 1, 2 ** 31, INDEX_MAX]) {
    root.list = [];
    root.list[index] = "far";
    assertEquals([other!.list[index], other!.list.length], ["far", index + 1]);
    root.list[index] = { far: 1 };
    assertEquals(snapshot(other!.list[index]), { far: 1 });
    assert(delete root.list[index]);
    assertEquals(Object.keys(other!.list), []);
  }
});

Deno.test("ArrayHandler rejects a copyWithin() that makes the state too large", () => {
  const { root, roots: [other] } = replicas(1, 32 * 1024, 1 << 20);
  root.list = ["x".repeat(100_000), 2n ** 400_000n, ...new Array(30).fill(0)];
  let copied = 1;
  const fill = () => {
    for (; copied < 15; copied++) root.list.copyWithin(2 * copied, 0, 2);
  };
  assertThrows(fill, StateFullError);
  assertEquals([other!.list[2 * copied], copied > 1], [0, true]);
  for (let i = 0; i < 1000; i++) root.text = "y".repeat(2000);
  assertEquals(other!.text.length, 2000);
});

// deno-lint-ignore no-explicit-any -- a list of the state
const TOO_MANY: Record<string, (list: any) => unknown> = {
  push: (list) => list.push(1),
  "push of many": (list) => list.push(...new Array(1100).fill(1)),
  unshift: (list) => list.unshift(1),
  splice: (list) => list.splice(-2, 1, 1, 2),
  "splice of many": (list) => list.splice(-2, 1100, ...new Array(1100).fill(1)),
};

for (const [what, add] of Object.entries(TOO_MANY)) {
  Deno.test(`ArrayHandler rejects a ${what} beyond the maximum length, and changes nothing`, () => {
    const { shared, root, roots: [other] } = replicas();
    root.list = [];
    root.list.length = INDEX_MAX + 1;
    root.list[7] = "kept";
    assertThrows(() => add(other!.list), RangeError, "Invalid array length");
    for (const list of [root.list, other!.list]) {
      assertEquals([list.length, Object.keys(list)], [INDEX_MAX + 1, ["7"]]);
    }
    assertEquals(other!.list.splice(-2, 2, "a", "b"), [, ,]);
    other!.list.length = 8;
    assertEquals(other!.list.push("x"), 9);
    assertEquals(snapshot(shared.root.list), [, , , , , , , "kept", "x"]);
  });
}

Deno.test("CollectionHandler rejects an entry beyond the maximum size, and changes nothing", () => {
  const { root, roots: [other] } = replicas();
  root.map = new Map([["known", 1]]);
  root.set = new Set(["known"]);
  // That many would take gigabytes.
  for (const one of [root.map, root.set, other!.map, other!.set]) {
    Object.defineProperty(unwrapProxy(one)!, "size", { value: ENTRIES_MAX, configurable: true });
  }
  for (const add of [() => root.map.set("x", 1), () => root.map.getOrInsert("x", 1)]) {
    assertThrows(add, RangeError, "maximum size exceeded");
  }
  assertThrows(() => root.set.add("x"), RangeError, "maximum size exceeded");
  root.map.set("known", 2);
  root.set.add("known");
  assertEquals([[...other!.map], [...other!.set]], [[["known", 2]], ["known"]]);
});
