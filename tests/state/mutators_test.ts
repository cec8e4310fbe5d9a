import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { snapshot } from "../../src/state/shared_state.ts";
import { digest, forceSnapshots, replicas } from "./replicas.ts";

// deno-lint-ignore no-explicit-any -- the tests read what they wrote
type Any = any;

const ARRAY_CASES: Record<string, (list: Any) => unknown> = {
  push: (list) => list.push("a", "b"),
  "push nothing": (list) => list.push(),
  pop: (list) => list.pop(),
  shift: (list) => list.shift(),
  unshift: (list) => list.unshift("a", "b"),
  "splice()": (list) => list.splice(),
  "splice(1)": (list) => list.splice(1),
  "splice(1, 2)": (list) => list.splice(1, 2),
  "splice(-2, 1, ...)": (list) => list.splice(-2, 1, "x", "y", "z"),
  "splice(undefined, 1)": (list) => list.splice(undefined, 1),
  "splice past the end": (list) => list.splice(99, 1, "end"),
  "push of many": (list) => list.push(...new Array(3000).fill(7), undefined),
  "unshift of many": (list) => list.unshift(...new Array(3000).fill(7), undefined),
  "splice of many": (list) => list.splice(1, 1, ...new Array(3000).fill(7)),
  reverse: (list) => list.reverse(),
  fill: (list) => list.fill(9, 1, -1),
  "fill all": (list) => list.fill("z"),
  copyWithin: (list) => list.copyWithin(0, 3),
  sort: (list) => list.sort(),
  "sort by number": (list) => list.sort((a: number, b: number) => b - a),
  "index assignment": (list) => list[2] = "two",
  "index past the end": (list) => list[9] = "nine",
  "length down": (list) => list.length = 2,
  "length up": (list) => list.length = 8,
  delete: (list) => delete list[1],
  toSorted: (list) => list.toSorted(),
  map: (list) => list.map((x: unknown) => [x]),
  filter: (list) => list.filter((x: unknown) => x !== 3),
  concat: (list) => list.concat([1], 2),
  slice: (list) => list.slice(1, 3),
  includes: (list) => [list.includes(4), list.indexOf(4), list.at(-1), list.join("-")],
  "for of": (list) => [...list],
  entries: (list) => [...list.entries()],
  destructuring: ([a, ...rest]) => [rest, a],
  isArray: (list) => Array.isArray(list),
};

Deno.test("ArrayHandler does not copy a long array when many items are pushed", () => {
  const { root } = replicas();
  root.list = new Array(50_000).fill(1);
  let copied = 0;
  const { slice } = Array.prototype;
  Array.prototype.slice = function (this: unknown[], ...args) {
    const copy = slice.apply(this, args);
    copied += copy.length;
    return copy;
  };
  try {
    root.list.push(...new Array(3000).fill(2));
  } finally {
    Array.prototype.slice = slice;
  }
  assertEquals(root.list.length, 53_000);
  assert(copied < 50_000, `${copied} items were copied`);
});

for (const [name, change] of Object.entries(ARRAY_CASES)) {
  Deno.test(`ArrayHandler behaves like an ordinary array for ${name}`, () => {
    for (const start of [[3, 1, 4, 10, 5], [5, , undefined, 2], [null, 2, null], []]) {
      const { shared, root, roots: [other] } = replicas();
      root.list = start;
      const expected = start.slice();
      const wanted = change(expected);
      const returned = change(other!.list);
      assertEquals(snapshot(returned), wanted);
      if (wanted === expected) assertStrictEquals(returned, other!.list);
      assertEquals(snapshot(root.list), expected);
      forceSnapshots(shared);
      assertEquals(snapshot(other!.list), expected);
    }
  });
}

Deno.test("ArrayHandler returns shared members from filter(), slice(), find() and splice()", () => {
  const { root, roots: [other] } = replicas();
  root.list = [{ n: 1 }, { n: 2 }, { n: 3 }];
  root.list.filter((item: Any) => item.n > 1)[0].n = 20;
  root.list.slice(0, 1)[0].n = 10;
  root.list.find((item: Any) => item.n === 3).n = 30;
  assertEquals(snapshot(other!.list), [{ n: 10 }, { n: 20 }, { n: 30 }]);
  const [gone] = root.list.splice(0, 1);
  assertEquals(gone.n, 10);
  assertStrictEquals(root.list.includes(other!.list[0]), false);
  assert(root.list.includes(root.list[1]));
});

Deno.test("ArrayHandler allows a comparator to read and write the state, and to throw", () => {
  const { root, roots: [other] } = replicas();
  root.list = [{ n: 3 }, { n: 1 }, { n: 2 }];
  root.list.sort((a: Any, b: Any) => {
    root.compared = (root.compared ?? 0) + 1;
    return a.n - b.n;
  });
  assertEquals(other!.list.map(({ n }: Any) => n), [1, 2, 3]);
  assert(other!.compared > 0);
  assertThrows(
    () =>
      root.list.sort(() => {
        throw new Error("no order");
      }),
    Error,
    "no order",
  );
  assertEquals(other!.list.map(({ n }: Any) => n), [1, 2, 3]);
});

Deno.test("ArrayHandler sorts again when another thread changes the array meanwhile", () => {
  const { root, roots: [other] } = replicas();
  root.list = [3, 1, 2];
  let once = true;
  root.list.sort((a: number, b: number) => {
    if (once) other!.list.push(0);
    once = false;
    return a - b;
  });
  assertEquals([...other!.list], [0, 1, 2, 3]);
});

Deno.test("ArrayHandler rejects properties that are not indexes, and invalid lengths", () => {
  const { root } = replicas();
  root.list = [1];
  assertThrows(() => root.list.name = 1, TypeError, "only indexes");
  assertThrows(() => root.list.length = -1, RangeError, "Invalid array length");
  assertThrows(() => root.list.length = 1n, TypeError, "BigInt");
  assertThrows(() => root.list.splice(0n), TypeError, "BigInt");
  const descriptor = { value: 0, configurable: true };
  assertThrows(() => Object.defineProperty(root.list, "length", descriptor), TypeError);
  assertEquals([...root.list], [1]);
  assertThrows(
    () => root.list.push.call([], 1),
    TypeError,
    "expected an array of the shared state",
  );
});

Deno.test("CollectionHandler behaves like an ordinary Map for every method", () => {
  const { shared, root, roots: [other] } = replicas();
  root.map = new Map([["a", 1]]);
  assertStrictEquals(other!.map.set("b", 2), other!.map);
  assertEquals([root.map.get("b"), root.map.has("b"), root.map.size], [2, true, 2]);
  assertEquals([other!.map.delete("a"), other!.map.delete("a")], [true, false]);
  assertEquals([...root.map], [["b", 2]]);
  assertEquals([[...root.map.keys()], [...root.map.values()]], [["b"], [2]]);
  const seen: unknown[] = [];
  root.map.forEach((value: unknown, key: unknown, map: unknown) => seen.push(value, key, map));
  assertEquals(seen.slice(0, 2), [2, "b"]);
  assertStrictEquals(seen[2], root.map);
  assertEquals([root.map.getOrInsert("b", 5), root.map.getOrInsert("c", 5)], [2, 5]);
  assertEquals([root.map.getOrInsert("n", null), root.map.getOrInsert("n", 1)], [null, null]);
  assert(root.map.delete("n"));
  assertEquals(root.map.getOrInsertComputed("d", (key: string) => key + key), "dd");
  root.map.getOrInsertComputed(-0, (key: number) => assert(Object.is(key, 0)));
  assert(root.map.delete(0));
  assertEquals(new Map(other!.map), new Map<string, unknown>([["b", 2], ["c", 5], ["d", "dd"]]));
  assert(root.map instanceof Map);
  assertEquals(String(root.map), "[object Map]");
  forceSnapshots(shared);
  assertEquals(other!.map.size, 3);
  other!.map.clear();
  assertEquals(root.map.size, 0);
});

Deno.test("CollectionHandler compares shared objects as keys by identity", () => {
  const { shared, root, roots: [other] } = replicas();
  root.key = { id: 1 };
  root.map = new Map();
  root.map.set(root.key, { value: root.key });
  assertEquals(other!.map.get(other!.key).value.id, 1);
  assertStrictEquals([...other!.map.keys()][0], other!.key);
  forceSnapshots(shared, 2);
  assert(other!.map.has(other!.key));
  assert(root.map.delete(root.key));
  assertEquals(other!.map.size, 0);
});

Deno.test("CollectionHandler iterates over entries that are added during the iteration", () => {
  const { shared, root, roots: [other] } = replicas();
  root.map = new Map([["a", 1], ["b", 2], ["c", 3]]);
  const seen: string[] = [];
  for (const [key] of other!.map) {
    seen.push(key);
    if (key === "a") {
      root.map.delete("b");
      root.map.set("d", 4);
      // The reader lags behind a snapshot now, and must go on where it was.
      forceSnapshots(shared, 2);
    }
  }
  assertEquals(seen, ["a", "c", "d"]);
});

Deno.test("CollectionHandler behaves like an ordinary Set for every method", () => {
  const { root, roots: [other] } = replicas();
  root.set = new Set([1]);
  root.member = { a: 1 };
  assertStrictEquals(other!.set.add(other!.member), other!.set);
  assertEquals([root.set.has(root.member), root.set.size, root.set.has(2)], [true, 2, false]);
  assertEquals([...root.set.entries()].length, 2);
  assertEquals([...root.set.union(new Set([1, 5]))].length, 3);
  assertEquals(root.set.isSubsetOf(new Set([1])), false);
  assertStrictEquals([...root.set.difference(new Set([1]))][0], root.member);
  assertEquals([other!.set.delete(1), other!.set.delete(1)], [true, false]);
  const seen: unknown[] = [];
  root.set.forEach((member: unknown) => seen.push(member));
  assertStrictEquals(seen[0], root.member);
  other!.set.clear();
  assertEquals(root.set.size, 0);
  assertThrows(() => root.set.name = 1, TypeError, "only entries");
});

Deno.test("SharedState agrees with ordinary objects after any sequence of operations", () => {
  const action = fc.record({
    what: fc.nat(15),
    who: fc.nat(2),
    a: fc.integer({ min: -3, max: 12 }),
    b: fc.oneof(fc.integer(), fc.string(), fc.constant(undefined), fc.record({ n: fc.integer() })),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const { shared, root, roots } = replicas(2, 2048);
      const start = () => ({ list: [1, 2, { n: 3 }], map: new Map(), set: new Set(), rest: {} });
      Object.assign(root, start());
      const model: Any = { results: {}, ...start() };
      for (const { what, who, a, b } of actions) {
        const outcome = act(model, what, a, b);
        assertEquals(act([root, ...roots][who], what, a, b), outcome);
      }
      for (const each of [root, ...roots]) assertEquals(digest(each), digest(model));
      assertEquals(shared.bytes.max > 0, true);
    }),
    { numRuns: 150 },
  );
});

/** Not NaN, which is no order: V8 sorts by it in different ways before and after compilation. */
function byNumber(x: unknown, y: unknown): number {
  return (Number(x) || 0) - (Number(y) || 0);
}

function act(state: Any, what: number, a: number, given: unknown): unknown {
  const b = structuredClone(given);
  const { list, map, set, rest } = state;
  const actions: (() => unknown)[] = [
    () => list.push(b),
    () => list.unshift(b),
    () => list.splice(a, 2, b).length,
    () => (list.pop(), 0),
    () => (list.shift(), 0),
    () => (list.reverse(), 0),
    () => (list.sort(), 0),
    () => (list.sort(byNumber), 0),
    () => (list.fill(b, a, a + 2), 0),
    () => (list.copyWithin(a, 1), 0),
    () => list.length = Math.abs(a),
    () => (map.set(a, b), map.size),
    () => map.delete(a),
    () => (set.add(b), set.size),
    // Aliases, and objects that leave and come back.
    () => (rest[`k${a}`] = list[2], state.rest = { ...rest, held: list }, 0),
    () => {
      const gone = list.shift();
      if (typeof gone === "object" && gone !== null) gone.mark = a;
      list.push(gone);
      return 0;
    },
  ];
  return actions[what]!();
}
