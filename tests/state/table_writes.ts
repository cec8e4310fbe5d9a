/** Rows of the tables in docs/state.md: writes. See table_test.ts. */
import { assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { snapshot } from "../../src/state/shared_state.ts";
import { digest, forceSnapshots, replicas } from "./replicas.ts";

// deno-lint-ignore no-explicit-any -- the rows read what they wrote
type Any = any;

/** Asserts that changes have the same effect on an ordinary value and on a shared one. */
function assertAlike(start: unknown, ...changes: ((value: Any) => unknown)[]): void {
  const { shared, root, roots } = replicas(2);
  const model: Any = structuredClone(start);
  root.value = start;
  for (const [n, change] of changes.entries()) {
    const wanted = change(model);
    const returned = change([root, ...roots][n % 3]!.value);
    assertEquals(snapshot(returned), wanted === model ? snapshot(root.value) : wanted, `${change}`);
    for (const each of [root, ...roots]) {
      assertEquals(digest(each), digest({ results: {}, value: model } as Any), `${change}`);
    }
  }
  forceSnapshots(shared, 2);
  for (const each of roots) assertEquals(snapshot(each.value), model);
}

export const WRITES: Record<string, () => unknown> = {
  "`state.x = 1`, `state.a.b.c += 1`, `delete state.x`": () => {
    const { root, roots: [other] } = replicas();
    root.x = 1;
    root.a = { b: { c: 1 } };
    other!.a.b.c += 1;
    assertEquals([other!.x, root.a.b.c], [1, 2]);
    delete other!.x;
    assertEquals(["x" in root, Object.keys(root)], [false, ["results", "a"]]);
  },

  "`push`, `pop`, `shift`, `unshift`, `splice`, `reverse`, `sort`, `fill`, `copyWithin`": () =>
    assertAlike(
      [3, 1, { n: 2 }],
      (list) => list.push("a", { b: 1 }),
      (list) => list.pop(),
      (list) => list.shift(),
      (list) => list.unshift(9, 8),
      (list) => list.splice(1, 1, "x", "y"),
      (list) => list.splice(-1),
      (list) => list.reverse(),
      (list) => list.sort(),
      (list) => list.sort((a: unknown, b: unknown) => String(b).localeCompare(String(a))),
      (list) => list.copyWithin(0, 2),
      (list) => list.fill({ n: 0 }, 1, 3),
      (list) => list.fill(0),
    ),

  "`list[i] = x`, `list.length = n` (shorter, longer), `delete list[i]`": () =>
    assertAlike(
      [1, 2, 3],
      (list) => list[5] = "past the end",
      (list) => list.length = 2,
      (list) => list.length = 6,
      (list) => delete list[0],
      (list) => [0 in list, list.length, Object.keys(list)],
    ),

  "Map: `set`, `delete`, `clear`, `getOrInsert`; Set: `add`, `delete`, `clear`": () => {
    assertAlike(
      new Map<unknown, unknown>([["a", 1]]),
      (map) => map.set("b", { n: 1 }),
      (map) => [map.delete("a"), map.delete("a"), map.size],
      (map) => map.getOrInsert("c", 5),
      (map) => map.getOrInsertComputed("d", () => [6]),
      (map) => [...map.keys()],
      (map) => map.clear(),
    );
    assertAlike(
      new Set<unknown>([1]),
      (set) => set.add("b").add({ n: 1 }),
      (set) => [set.delete(1), set.delete(1), set.has("b"), set.size],
      (set) => [...set.union(new Set([7]))].length,
      (set) => set.clear(),
    );
  },

  "`state.x = obj`": () => {
    const { root, roots: [other] } = replicas();
    const mine = { list: [1] };
    root.x = mine;
    mine.list.push(2);
    root.x.list.push(3);
    assertEquals(snapshot(other!.x), { list: [1, 3] });
    assertNotStrictEquals(root.x, mine);
  },

  "`state.b = state.a`, cycles": () => {
    const { shared, root, roots: [other] } = replicas();
    root.a = { n: 1 };
    root.b = root.a;
    root.a.self = root.a;
    forceSnapshots(shared);
    assertStrictEquals(other!.a, other!.b);
    assertStrictEquals(other!.b.self.self, other!.a);
    assertStrictEquals(root.a, root.a);
  },

  "a reference held while other threads move, remove or put back the object": () => {
    const { shared, root, roots: [other] } = replicas();
    root.list = [{ id: 1 }, { id: 2 }, { id: 3 }];
    const second = other!.list[1];
    root.list.sort((a: Any, b: Any) => b.id - a.id);
    root.list.shift();
    forceSnapshots(shared, 2);
    second.mark = true;
    assertEquals(snapshot(root.list), [{ id: 2, mark: true }, { id: 1 }]);
    const [gone] = root.list.splice(0, 1);
    second.mark = false;
    assertEquals(gone.mark, false);
    root.back = { deep: gone };
    assertStrictEquals(other!.back.deep, second);
  },

  "`state.update(key, fn)`": () => {
    const { root, roots: [other] } = replicas();
    assertEquals(root.update("n", (n) => (n ?? 0) + 1), 1);
    other!.update("list", () => []);
    other!.update("list", (list) => void list.push(other!.update("n", (n) => n + 1)));
    assertThrows(() => {
      root.update("n", () => {
        throw new Error("mine");
      });
    });
    assertEquals([other!.n, [...root.list]], [2, [2]]);
  },

  "`Object.freeze(state.x)`, accessors, `setPrototypeOf`": () => {
    const { root } = replicas();
    root.x = { a: 1 };
    const changes = [
      () => Object.freeze(root.x),
      () => Object.seal(root.x),
      () => Object.defineProperty(root.x, "b", { get: () => 1 }),
      () => Object.defineProperty(root.x, "b", { value: 1, writable: false }),
      () => Object.setPrototypeOf(root.x, null),
    ];
    for (const change of changes) assertThrows(change, TypeError);
    assertEquals(snapshot(root.x), { a: 1 });
  },

  "keys that begin with `_`, and `results`, at the root": () => {
    const { root } = replicas();
    assertThrows(() => root._mine = 1, TypeError, "reserved");
    assertThrows(() => Object.assign(root, { results: 1 }), TypeError, "scheduler");
    root.x = { _mine: 1, results: 2 };
    assertEquals(Object.keys(root), ["results", "x"]);
  },
};
