/** Tests of the slots, the memory and the lock of a state in a long run. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { load } from "../../src/sync/atomics.ts";
import * as layout from "../../src/state/log/log_layout.ts";
import { ThreadLock } from "../../src/state/lock/thread_lock.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { digest } from "./replicas.ts";

Deno.test("SharedState.invite() accepts 64 threads at once, and rejects the 65th", () => {
  const shared = SharedState.create();
  const all = Array.from({ length: 63 }, (_, n) => SharedState.join(shared.invite(`thread_${n}`)));
  shared.root.list = [];
  for (const [n, { root }] of all.entries()) root.list.push(n);
  assertEquals(all.every(({ root }) => digest(root) === digest(shared.root)), true);
  assertEquals(shared.root.list.length, 63);
  assertThrows(() => shared.invite("one more"), RangeError, "at most 64 threads");
});

Deno.test("SharedState.invite() reuses one slot for 1,000 threads, each with its own id", () => {
  const shared = SharedState.create({ initialBytes: 64 * 1024 });
  const owners = new Set<number>();
  for (let n = 0; n < 1000; n++) {
    const handle = shared.invite(`thread_${n}`);
    owners.add(handle.owner);
    assertEquals(handle.slot, 1);
    const one = SharedState.join(handle);
    one.root.n = (one.root.n ?? 0) + 1;
    if (n % 2 === 0) shared.fence(handle);
    else one.leave();
  }
  assertEquals([shared.root.n, owners.size], [1000, 1000]);
  assert(shared.bytes.capacity <= 64 * 1024, `${shared.bytes.capacity}`);
});

const OVERWRITES: Record<string, [rounds: number, value: (n: number) => unknown, most: number]> = {
  "a number": [20_000, (n) => n, 32 * 1024],
  "10 kB": [2000, (n) => ({ n, text: "x".repeat(10_000) }), 200 * 1024],
  "a megabyte": [30, (n) => new Uint8Array(1_000_000).fill(n), 5_000_000],
};

for (const [what, [rounds, value, most]] of Object.entries(OVERWRITES)) {
  Deno.test(`SharedState limits its memory when ${what} is overwritten and a reader lags`, () => {
    const shared = SharedState.create({ initialBytes: 32 * 1024 });
    const lagging = SharedState.join(shared.invite("lagging"));
    const { root } = shared;
    const capacities = Array.from({ length: rounds }, (_, n) => {
      root.key = value(n);
      return shared.bytes.capacity;
    });
    assert(shared.bytes.snapshots > 5, `${shared.bytes.snapshots}`);
    assert(capacities.at(-1)! <= most, `${capacities.at(-1)}`);
    assertEquals(capacities[rounds >> 1], capacities.at(-1));
    assertEquals(digest(lagging.root), digest(root));
  });
}

Deno.test("SharedState does not retain a value that was written", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const { root } = SharedState.create();
  const write = () => {
    const value = { bytes: new Uint8Array(1_000_000) };
    root.key = value;
    return new WeakRef(value);
  };
  const written = write();
  await new Promise((resolve) => setTimeout(resolve)); // a turn, in which it may not go
  gc();
  assertEquals(written.deref(), undefined);
});

Deno.test("ThreadLock serves waiting threads first, in the order of their tickets", async () => {
  const shared = SharedState.create();
  const { buffer } = shared.invite("a");
  for (const name of ["b", "c"]) shared.invite(name);
  const words = new Int32Array(buffer, 0, layout.headerBytes(64) / 4);
  const awake = setInterval(() => {}, 1000);
  const [greedy, ...waiting] = [1, 2, 3].map((slot) => {
    const owner = load(words, layout.slotIndex(slot) + layout.SLOT_OWNER);
    return new ThreadLock(words, slot, owner, () => {});
  });
  greedy!.acquire();
  const order: number[] = [];
  const served = waiting.map(async (lock, n) => {
    await lock.acquireAsync();
    order.push(n);
    return lock;
  });
  // Until then the greedy one may have it again and again, and afterwards not once.
  while (load(words, layout.STARVING) < 2) await new Promise((resolve) => setTimeout(resolve, 0));
  const tickets = [2, 3].map((slot) => load(words, layout.slotIndex(slot) + layout.SLOT_TICKET));
  assert(tickets[0] !== tickets[1], "each has a ticket of its own");
  greedy!.release();
  for (let n = 0; n < 2; n++) {
    assertEquals(greedy!.tryAcquire(), false);
    const next = tickets[0]! < tickets[1]! ? n : 1 - n;
    (await served[next]!).release();
  }
  assertEquals([greedy!.tryAcquire(), order.length, load(words, layout.STARVING)], [true, 2, 0]);
  clearInterval(awake);
});

Deno.test("ThreadLock ignores a ticket that a fenced thread writes late", () => {
  const shared = SharedState.create();
  const [fenced, holding] = [shared.invite("fenced"), shared.invite("holding")];
  const words = new Int32Array(fenced.buffer);
  const holder = new ThreadLock(words, holding.slot, holding.owner, () => {});
  holder.acquire();
  shared.fence(fenced);
  const other = shared.invite("other");
  assertEquals(other.slot, fenced.slot);
  // The next step of the fenced thread.
  const slot = layout.slotIndex(fenced.slot);
  words[slot + layout.SLOT_TICKET_OWNER] = fenced.owner;
  words[slot + layout.SLOT_TICKET] = 1;
  words[layout.STARVING]!++;
  holder.release();
  assertEquals(new ThreadLock(words, other.slot, other.owner, () => {}).isHeld, false);
  assert(holder.tryAcquire(), "it is free");
});
