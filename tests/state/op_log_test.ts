import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  SharedState,
  snapshot,
  StateFullError,
  ThreadFencedError,
} from "../../src/state/shared_state.ts";
import { digest, forceSnapshots, replicas } from "./replicas.ts";

Deno.test("OpLog restarts without a snapshot while every thread keeps up", () => {
  const { shared, root, joined: [other] } = replicas();
  for (let n = 0; n < 20_000; n++) {
    root.n = n;
    other!.catchUp();
  }
  const { snapshots, restarts } = shared.bytes;
  assertEquals(other!.root.n, 19_999);
  assert(restarts > 10, `${restarts}`);
  assert(snapshots <= restarts, `${snapshots}`);
});

Deno.test("OpLog takes snapshots when a thread never reads, and preserves the state", () => {
  const { shared, root, roots: [other] } = replicas();
  root.list = [];
  for (let n = 0; n < 20_000; n++) {
    root.list.push({ n });
    if (root.list.length > 10) root.list.shift();
  }
  assert(shared.bytes.snapshots > 10);
  assertEquals(digest(other!), digest(root));
  assertEquals(shared.bytes.capacity, 32 * 1024);
});

Deno.test("OpLog grows until snapshots are a fraction of what is written", () => {
  const { shared, root } = replicas(1, 4096);
  const text = "x".repeat(1000);
  for (let n = 0; n < 100; n++) root[`key${n}`] = text;
  const before = shared.bytes.snapshots;
  for (let n = 0; n < 1000; n++) root[`key${n % 100}`] = text;
  // 1 MB is written; the state takes 100 kB, and a region four times that.
  assert(shared.bytes.snapshots - before <= 5, `${shared.bytes.snapshots - before}`);
  assert(shared.bytes.capacity < 600_000, `${shared.bytes.capacity}`);
});

Deno.test("OpLog does not leak shared memory when a large value is overwritten", () => {
  const { shared, root, roots: [other] } = replicas();
  for (let n = 0; n < 12; n++) root.big = new Uint8Array(2_000_000).fill(n);
  assert(shared.bytes.capacity < 9_000_000, `${shared.bytes.capacity}`);
  assertEquals([other!.big.length, other!.big[7]], [2_000_000, 11]);
});

Deno.test("SharedState throws StateFullError without any change, and remains usable", () => {
  const { shared, root, roots: [other] } = replicas(1, 32 * 1024, 128 * 1024);
  root.list = [1];
  const error = assertThrows(() => root.big = "x".repeat(200_000), StateFullError);
  assert(error.message.includes("full"));
  let written = 0;
  assertThrows(() => {
    for (;; written++) root[`key${written}`] = "y".repeat(1000);
  }, StateFullError);
  assert(written > 50, `${written}`);
  assertThrows(() => root.list.fill("z".repeat(2000)) && root.list.push("z".repeat(50_000)));
  assertEquals(snapshot(other!.list).length, 1);
  assert(!("big" in other!));
  for (let n = 0; n < written; n++) delete root[`key${n}`];
  root.big = "x".repeat(50_000);
  assertEquals(other!.big.length, 50_000);
  assert(shared.bytes.capacity <= 128 * 1024);
});

Deno.test("SharedState throws StateFullError when no other thread has joined", () => {
  const shared = SharedState.create({ initialBytes: 32 * 1024, maxBytes: 128 * 1024 });
  const { root } = shared;
  root.list = [];
  assertThrows(() => {
    for (;;) root.list.push("x".repeat(500));
  }, StateFullError);
  assert(root.list.length < 256);
  const late = SharedState.join(shared.invite("late"));
  assertEquals(late.root.list.length, root.list.length);
  root.list.length = 0;
  for (let n = 0; n < 5000; n++) root.n = "x".repeat(100);
  assertEquals(late.root.n.length, 100);
});

Deno.test("SharedState.invite() takes at most one snapshot for eight threads in a row", () => {
  const shared = SharedState.create();
  for (let n = 0; n < 8; n++) SharedState.join(shared.invite(`thread_${n}`));
  assertEquals(shared.bytes.snapshots, 0);
  const big = SharedState.create({ initialBytes: 32 * 1024 });
  for (let n = 0; n < 5000; n++) big.root.n = n;
  const before = big.bytes.snapshots;
  for (let n = 0; n < 8; n++) big.invite(`thread_${n}`);
  assertEquals(big.bytes.snapshots - before, 1);
});

Deno.test("SharedState.join() returns the whole state when the log has restarted", () => {
  const { shared, root } = replicas(1);
  root.data = { list: [{ a: 1 }] };
  const early = shared.invite("early");
  forceSnapshots(shared, 3);
  root.data.list.push(root.data);
  const joined = SharedState.join(early);
  assertEquals(digest(joined.root), digest(root));
  joined.root.data.list[0].a = 2;
  assertEquals(root.data.list[0].a, 2);
  const late = SharedState.join(shared.invite("late"));
  assertEquals(digest(late.root), digest(root));
});

Deno.test("SharedState.invite() reuses the slots of threads that have left", () => {
  const shared = SharedState.create({ slots: 3, initialBytes: 32 * 1024 });
  for (let n = 0; n < 200; n++) {
    const one = SharedState.join(shared.invite(`one_${n}`));
    const handle = shared.invite(`two_${n}`);
    one.root.n = n;
    assertThrows(() => shared.invite("too many"), RangeError, "at most 3 threads");
    one.leave();
    shared.fence(handle);
  }
  assertEquals(shared.root.n, 199);
});

Deno.test("SharedState.leave() ends access to the state, and does not delay the log", () => {
  const { shared, root, joined: [other], roots: [left] } = replicas();
  other!.leave();
  other!.leave();
  assertThrows(() => left!.n, ThreadFencedError);
  assertThrows(() => left!.n = 1, ThreadFencedError);
  const { snapshots } = shared.bytes;
  for (let n = 0; n < 5000; n++) root.n = n;
  assertEquals(shared.bytes.snapshots, snapshots);
});

Deno.test("SharedState.fence() makes every access throw, even when the slot is reused", () => {
  const { shared, root, handles: [handle], joined: [zombie], roots: [ghost] } = replicas();
  root.list = [1];
  const list = ghost!.list;
  assertEquals(shared.fence(handle!), { heldLock: false });
  const next = SharedState.join(shared.invite("next"));
  const attempts = [
    () => ghost!.list,
    () => list.push(2),
    () => list.length,
    () => list[0] = 5,
    () => [...list],
    () => ghost!.x = 1,
    () => zombie!.setResult("a", 1),
    () => ghost!._state_lock.acquire(),
    () => Object.keys(ghost!),
    () => SharedState.join(handle!),
  ];
  for (const attempt of attempts) assertThrows(attempt, ThreadFencedError, "declared lost");
  next.root.list.push(3);
  assertEquals(snapshot(root.list), [1, 3]);
  assertEquals(shared.fence(handle!), { heldLock: false });
  next.root.list.push(4);
  assertEquals(root.list.length, 3);
});

Deno.test("SharedState.catchUp() reads the log only when the replica is far behind", () => {
  const { root, joined: [other] } = replicas();
  root.a = { n: 1 };
  const { a } = other!.root;
  root.a.n = 2;
  other!.catchUp(1 << 20);
  // Deno.inspect prints the replica as it is, without reading the log.
  assertEquals(Deno.inspect(a), "{ n: 1 }");
  other!.catchUp();
  assertEquals(Deno.inspect(a), "{ n: 2 }");
});

Deno.test("ObjectTable keeps objects in use when it sweeps others", () => {
  const { root, roots: [other] } = replicas(1, 1 << 20);
  root.keep = { map: new Map([["a", { n: 1 }]]) };
  const held = other!.keep.map.get("a");
  for (let n = 0; n < 30_000; n++) root.current = { n, deep: { list: [n] } };
  held.n = 2;
  assertEquals(root.keep.map.get("a").n, 2);
  assertEquals(snapshot(other!.current), { n: 29_999, deep: { list: [29_999] } });
  assertStrictEquals(other!.keep.map.get("a"), held);
});

Deno.test("SharedState stays consistent when a recursive task overflows the stack", () => {
  const { shared, root, roots: [other] } = replicas();
  root.list = [];
  const writes = [
    (n: number) => root.n = n,
    (n: number) => root.list.push({ n }),
    (n: number) => root.pad = { deep: [n] },
  ];
  for (let round = 0; round < 45; round++) {
    const recurse = (n: number): void => {
      writes[round % 3]!(n);
      recurse(n + 1);
    };
    // The overflow comes at another place each time.
    const sink = (n: number): void => n > 0 ? sink(n - 1) : recurse(0);
    assertThrows(() => sink(round), RangeError);
    root.round = round;
    assertEquals(other!.round, round);
    assertEquals(digest(other!), digest(root));
    root.list.length = 0;
  }
  assertEquals(digest(SharedState.join(shared.invite("late")).root), digest(root));
});
