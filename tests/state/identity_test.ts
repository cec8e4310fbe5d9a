import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { SharedState, snapshot, StateCloneError } from "../../src/state/shared_state.ts";
import { digest, forceSnapshots, replicas } from "./replicas.ts";

Deno.test("SharedState returns the same object at each read and through each alias", () => {
  const { root, roots: [other] } = replicas();
  root.a = { n: 1 };
  root.b = root.a;
  assertStrictEquals(root.a, root.a);
  assertStrictEquals(other!.a, other!.b);
  other!.b.n = 2;
  assertEquals(root.a.n, 2);
});

Deno.test("SharedState preserves aliases and cycles within an assigned value", () => {
  const { shared, root, roots: [other] } = replicas();
  const node: Record<string, unknown> = { name: "node" };
  node.self = node;
  root.pair = { left: node, right: node, root };
  for (let round = 0; round < 2; round++) {
    assertStrictEquals(other!.pair.left, other!.pair.right);
    assertStrictEquals(other!.pair.left.self, other!.pair.left);
    assertStrictEquals(other!.pair.root, other);
    forceSnapshots(shared);
  }
});

Deno.test("SharedState.fill() stores all keys as one value with its aliases, or nothing", () => {
  const { shared, root, roots: [other] } = replicas();
  const ann = { name: "ann", friends: [] as unknown[] };
  ann.friends.push(ann);
  const bad = { deep: [1, () => 1] };
  const message = "state.also.deep[1]: a function";
  assertThrows(() => shared.fill([["users", [ann]], ["also", bad]]), StateCloneError, message);
  assertThrows(() => shared.fill([["users", []], ["_mine", 1]]), TypeError, "reserved");
  assertEquals(Object.keys(other!), ["results"]);
  shared.fill([]);
  shared.fill([["users", [ann]], ["current", ann], ["n", 1], ["n", 2]]);
  for (const each of [root, other!]) {
    assertStrictEquals(each.users[0], each.current);
    assertStrictEquals(each.current.friends[0], each.current);
    assertEquals([Object.keys(each), each.n], [["results", "users", "current", "n"], 2]);
  }
});

Deno.test("SharedState preserves the identity of dates and bytes", () => {
  const { shared, root, roots: [other] } = replicas();
  root.a = { date: new Date(1), bytes: new Uint8Array([1]) };
  root.b = { ...root.a };
  forceSnapshots(shared);
  assertStrictEquals(other!.a.date, other!.b.date);
  assertStrictEquals(other!.a.bytes, other!.b.bytes);
});

Deno.test("SharedState copies an assigned object, and returns the shared copy", () => {
  const { root, roots: [other] } = replicas();
  const mine = { list: [1] };
  root.value = mine;
  mine.list.push(2);
  root.value.list.push(3);
  assertEquals(snapshot(other!.value), { list: [1, 3] });
  assertNotStrictEquals(root.value, mine);
});

Deno.test("SharedState keeps a reference to an object that another thread moves", () => {
  const { shared, root, roots: [other] } = replicas();
  root.list = [{ id: 1 }, { id: 2 }];
  const second = other!.list[1];
  root.list.shift();
  forceSnapshots(shared, 2);
  second.mark = true;
  assertEquals(snapshot(root.list), [{ id: 2, mark: true }]);
  assertStrictEquals(other!.list[0], second);
});

Deno.test("SharedState restores a detached object, with its identity, after a sweep", () => {
  const { shared, root, roots: [other] } = replicas();
  root.held = { id: 1, deep: { n: 1 } };
  const mine = root.held;
  const deep = mine.deep;
  delete root.held;
  // A snapshot leaves it out, so the other thread has never seen it, or let it go.
  forceSnapshots(shared, 2);
  other!.seen = true;
  deep.n = 2;
  root.back = { in: mine };
  assertStrictEquals(root.back.in, mine);
  assertStrictEquals(root.back.in.deep, deep);
  assertEquals(snapshot(other!.back), { in: { id: 1, deep: { n: 2 } } });
  other!.back.in.deep.n = 3;
  assertEquals(deep.n, 3);
});

Deno.test("SharedState restores a detached date as the same date", () => {
  const { shared, root, roots: [other] } = replicas();
  root.date = new Date(7);
  const date = root.date;
  delete root.date;
  forceSnapshots(shared, 2);
  root.again = date;
  assertStrictEquals(root.again, date);
  assertEquals(other!.again.getTime(), 7);
});

Deno.test("SharedState restores a detached object that two threads hold", () => {
  const { shared, root, roots: [other] } = replicas();
  root.x = { n: 1 };
  const mine = root.x;
  const theirs = other!.x;
  delete root.x;
  forceSnapshots(shared);
  void other!.x;
  theirs.n = 2;
  assertEquals(mine.n, 2);
  other!.list = [theirs];
  assertStrictEquals(root.list[0], mine);
  assertStrictEquals(other!.list[0], theirs);
});

Deno.test("SharedState keeps references when a slow reader is refreshed from a snapshot", () => {
  const { shared, root, roots: [other] } = replicas();
  root.a = { list: [{ id: 1 }], map: new Map([["k", { v: 1 }]]) };
  const { list, map } = other!.a;
  const [item, entry] = [list[0], map.get("k")];
  const before = shared.bytes.snapshots;
  for (let n = 0; n < 3000; n++) {
    root.a.list.push({ id: n });
    if (n % 2) root.a.list.splice(1, 1);
    root.a.map.set("n", n);
  }
  assert(shared.bytes.snapshots > before);
  assertStrictEquals(other!.a.list, list);
  assertStrictEquals(list[0], item);
  assertStrictEquals(map.get("k"), entry);
  assertEquals(digest(other!), digest(root));
});

Deno.test("SharedState copies values that are assigned from another state", () => {
  const one = SharedState.create();
  const two = SharedState.create();
  one.root.value = { list: [1], map: new Map([[1, { a: 1 }]]), date: new Date(5) };
  two.root.value = one.root.value;
  two.root.value.list.push(2);
  assertEquals(snapshot(one.root.value.list), [1]);
  assertEquals(snapshot(two.root.value), {
    list: [1, 2],
    map: new Map([[1, { a: 1 }]]),
    date: new Date(5),
  });
});

Deno.test("SharedState shares writes to a detached object, at any depth", () => {
  // Room for all operations: no replica falls behind a snapshot.
  const { root, roots: [other] } = replicas(1, 1 << 22);
  root.queue = { meta: { seen: [] as number[] } };
  const mine = root.queue;
  const theirs = other!.queue;
  delete root.queue;
  for (let round = 0; round < 3; round++) {
    // More objects than are kept without a sweep.
    root.rows = Array.from({ length: 3000 }, (_, i) => ({ i }));
    assertEquals(other!.rows.length, 3000);
    assertEquals(mine.meta.seen.push(round), round + 1);
    mine.meta.last = { at: { round } };
    assertEquals(theirs.meta.last.at.round, round);
    assertEquals([...theirs.meta.seen], [...mine.meta.seen]);
  }
  other!.back = theirs;
  assert(root.back === mine && root.back.meta.seen === mine.meta.seen);
  assertEquals(digest(root), digest(other!));
});
