/** Tests of large values of the state, which each thread unpacks when it needs them. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  SharedState,
  snapshot,
  StateCloneError,
  StateFullError,
} from "../../src/state/shared_state.ts";
import { forceSnapshots, replicas } from "./replicas.ts";

const COUNT = 10_000;

function rows() {
  return Array.from({ length: COUNT }, (_, id) => ({ id, name: `row ${id}` }));
}

/** Whether a thread has unpacked the value that has this first id. */
function isUnpacked(shared: SharedState, firstId: number): boolean {
  return shared.replica.packedOf(firstId)?.objects !== undefined;
}

/** Returns the first id of the packed value under a key. */
function firstIdOf(shared: SharedState, key: string): number {
  return (shared.replica.root[key] as { firstId: number }).firstId;
}

Deno.test("SharedState lets other threads write without unpacking a large value", () => {
  const { shared, root, joined: [other], roots: [otherRoot] } = replicas(1, 32 * 1024);
  root.large = rows();
  otherRoot!.tiny = 1;
  const id = firstIdOf(other!, "large");
  assertEquals([isUnpacked(shared, id), isUnpacked(other!, id)], [false, false]);
  assertEquals(root.tiny, 1);
  assertEquals(root.large.length, COUNT);
  assertEquals([isUnpacked(shared, id), isUnpacked(other!, id)], [true, false]);
  otherRoot!.tiny = 2;
  assertEquals(isUnpacked(other!, id), false);
});

Deno.test("SharedState unpacks a large value without the lock", () => {
  const { shared, root, roots: [other] } = replicas();
  root.large = rows();
  other!.tiny = 1; // has read the log
  const seen = shared.replica.withLock(() => other!.large[COUNT - 1].name);
  assertEquals(seen, `row ${COUNT - 1}`);
});

Deno.test("SharedState keeps a large value live, and its objects the same ones", () => {
  const { shared, root, roots: [other, late] } = replicas(2);
  root.large = { rows: rows(), byId: new Map([["a", { n: 1 }]]) };
  const held = other!.large.rows[5];
  root.large.rows[5].name = "changed";
  assertEquals(held.name, "changed");
  other!.first = other!.large.rows[0];
  assertStrictEquals(root.first, root.large.rows[0]);
  root.first.id = -1;
  assertEquals(late!.large.rows[0].id, -1);
  other!.large.byId.set("b", held);
  forceSnapshots(shared);
  assertStrictEquals(other!.large.byId.get("b"), held);
  assertEquals(late!.large.byId.get("b"), { id: 5, name: "changed" });
  assertEquals(snapshot(root), snapshot(late!));
});

Deno.test("SharedState keeps an object of a large value that was replaced, while it is held", () => {
  const { shared, root, roots: [other] } = replicas();
  root.large = rows();
  const held = other!.large[7];
  root.large = rows();
  forceSnapshots(shared);
  assertEquals(other!.large.length, COUNT);
  assertEquals(held, { id: 7, name: "row 7" });
  other!.kept = held;
  assertStrictEquals(other!.kept, held);
  root.kept.name = "again";
  assertEquals(held.name, "again");
});

Deno.test("SharedState gives a late thread a large value that no thread has unpacked", () => {
  const { shared, root } = replicas(0);
  root.large = rows();
  forceSnapshots(shared);
  const late = SharedState.join(shared.invite("late"));
  late.root.tiny = 1;
  assertEquals(isUnpacked(late, firstIdOf(late, "large")), false);
  assertEquals(late.root.large[3], { id: 3, name: "row 3" });
});

Deno.test("SharedState frees the memory of large values that are overwritten", () => {
  const { shared, root, roots: [other] } = replicas();
  root.large = rows();
  for (let round = 0; round < 100; round++) {
    root.large = rows();
    if (round % 10 === 0) assertEquals(other!.large.length, COUNT);
  }
  assert(shared.bytes.capacity < 8 << 20, String(shared.bytes.capacity));
});

Deno.test("SharedState stores a large value as any other if it refers to objects of the state", () => {
  const { root, roots: [other] } = replicas();
  root.shared = { n: 1 };
  root.large = [...rows(), root.shared];
  root.shared.n = 2;
  assertStrictEquals(other!.large[COUNT], other!.shared);
  assertEquals(other!.large[COUNT].n, 2);
});

Deno.test("SharedState writes nothing of a large value that it rejects", () => {
  const { root, roots: [other] } = replicas(1, 32 * 1024, 256 * 1024);
  assertThrows(
    () => root.large = [...rows(), { f() {} }],
    StateCloneError,
    `state.large[${COUNT}].f: a function`,
  );
  const texts = rows().map(({ id }) => `${id} `.padEnd(100));
  assertThrows(() => root.large = texts, StateFullError);
  assertEquals([Object.keys(root), Object.keys(other!)], [["results"], ["results"]]);
  root.large = [1];
  assertEquals(other!.large, [1]);
});

Deno.test("SharedState applies a long backlog in order, with batches of any length", () => {
  const { root, roots: [other] } = replicas(1, 32 * 1024 * 1024);
  root.list = [];
  for (let n = 0; n < 20_000; n++) root.list.push(n);
  root.large = rows();
  for (let n = 0; n < 20_000; n++) root.n = n;
  other!.own = 1;
  assertEquals([other!.n, other!.list.length, other!.large.length], [19_999, 20_000, COUNT]);
  assertEquals(other!.list[19_999], 19_999);
  assertEquals(root.own, 1);
});
