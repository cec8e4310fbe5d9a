import { assert, assertEquals } from "@std/assert";
import {
  type ResultCellsBuffer,
  SharedState,
  type StateHandle,
} from "../../src/state/shared_state.ts";
import { digest } from "../state/replicas.ts";
import type { Job } from "./state_worker.ts";

/** A worker with its place in the state. */
class Thread implements Disposable {
  readonly handle: StateHandle;
  readonly gate = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker = new Worker(new URL("./state_worker.ts", import.meta.url), { type: "module" });
  readonly #arrived: unknown[] = [];
  #waiting: ((message: unknown) => void) | undefined;

  constructor(shared: SharedState, name: string, results?: ResultCellsBuffer) {
    this.handle = shared.invite(name);
    this.#worker.onmessage = ({ data }) => {
      if (this.#waiting === undefined) this.#arrived.push(data);
      else this.#waiting(data);
      this.#waiting = undefined;
    };
    this.#worker.postMessage({ handle: this.handle, gate: this.gate, results });
  }

  /** The next message. */
  next(): Promise<unknown> {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve) => this.#waiting = resolve);
  }

  send(job: Job): void {
    this.#worker.postMessage(job);
  }

  async do(job: Job): Promise<unknown> {
    this.send(job);
    const answer = await this.next() as { done: unknown } | { error: string };
    assert("done" in answer, JSON.stringify(answer));
    return answer.done;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

async function threads(shared: SharedState, count: number) {
  const all = Array.from({ length: count }, (_, n) => new Thread(shared, `thread_${n}`));
  for (const thread of all) assertEquals(await thread.next(), "joined");
  return {
    all,
    do: (job: (n: number) => Job) => Promise.all(all.map((thread, n) => thread.do(job(n)))),
    [Symbol.dispose]: () => all.forEach((thread) => thread[Symbol.dispose]()),
  };
}

Deno.test("SharedState counts exactly when 4 threads lock, nest locks and update", async () => {
  const shared = SharedState.create();
  const { root } = shared;
  root.n = 0;
  root.a = { b: { c: 0 } };
  using workers = await threads(shared, 4);
  await workers.do(() => ({ what: "locked", count: 100_000 }));
  assertEquals(root.n, 400_000);
  await workers.do(() => ({ what: "nested", count: 25_000 }));
  assertEquals(root.a.b.c, 100_000);
  await workers.do((n) => ({ what: n % 2 ? "update" : "locked", count: 25_000 }));
  assertEquals(root.n, 500_000);
});

Deno.test("SharedState loses no push and no Map.set() when 4 threads write", async () => {
  const shared = SharedState.create({ initialBytes: 256 * 1024 });
  const { root } = shared;
  root.list = [];
  root.map = new Map();
  using workers = await threads(shared, 4);
  await workers.do(() => ({ what: "push", count: 25_000 }));
  assertEquals(root.list.length, 100_000);
  await workers.do(() => ({ what: "lockedPush", count: 10_000 }));
  assertEquals(root.list.length, 140_000);
  const sum = shared.sanitized().list as number[];
  assertEquals(sum.reduce((a, b) => a + b), 4 * (24_999 * 12_500 + 9_999 * 5_000));
  root.list = [];
  await workers.do(() => ({ what: "map", count: 2_000 }));
  assertEquals(root.map.size, 2_000);
});

Deno.test("SharedState is equal in all threads and in a late one after random writes", async () => {
  const shared = SharedState.create({ initialBytes: 32 * 1024 });
  const { root } = shared;
  Object.assign(root, { list: [], map: new Map(), set: new Set() });
  using workers = await threads(shared, 4);
  for (let round = 0; round < 8; round++) {
    await workers.do((n) => ({ what: "random", count: 10_000, seed: round * 10 + n }));
    const late = SharedState.join(shared.invite("late"));
    const wanted = digest(root);
    assertEquals(digest(late.root), wanted);
    late.leave();
    for (const seen of await workers.do(() => ({ what: "digest" }))) assertEquals(seen, wanted);
  }
  assert(shared.bytes.snapshots > 8, `${shared.bytes.snapshots}`);
});

Deno.test("SharedState.fence() excludes a thread that holds the lock, and frees it", async () => {
  const shared = SharedState.create();
  using workers = await threads(shared, 2);
  const [zombie, waiting] = workers.all;
  zombie!.send({ what: "zombie" });
  assertEquals(await zombie!.next(), "holding");
  const next = waiting!.do({ what: "wait" });
  assertEquals(shared.fence(zombie!.handle), { heldLock: true });
  assertEquals(await next, "thread_0");
  Atomics.store(zombie!.gate, 0, 1);
  Atomics.notify(zombie!.gate, 0);
  const errors = Array(3).fill("ThreadFencedError").join();
  assertEquals(await zombie!.next(), { done: errors });
  assertEquals(shared.root.owner, "zombie");
  using lock = shared.root._state_lock.acquire();
  assertEquals(lock.abandonedBy, undefined);
});

Deno.test("SharedState.fence() frees the lock when the thread was terminated", async () => {
  const shared = SharedState.create();
  using workers = await threads(shared, 2);
  const [holder, waiting] = workers.all;
  assertEquals(await holder!.do({ what: "hold" }), "holding");
  const next = waiting!.do({ what: "wait" });
  // Its event loop turns, so it is terminated at once, and cannot release the lock.
  holder![Symbol.dispose]();
  assertEquals(shared.fence(holder!.handle), { heldLock: true });
  assertEquals(await next, "thread_0");
  assertEquals(await waiting!.do({ what: "wait" }), undefined);
  shared.root.holder = "nobody";
  assertEquals(await waiting!.do({ what: "digest" }), digest(shared.root));
});

Deno.test("SharedState stays whole when a thread is terminated while it writes large values", async () => {
  for (let round = 0; round < 5; round++) {
    const shared = SharedState.create();
    const results = shared.openResults(["task"]);
    const other = SharedState.join(shared.invite("other"));
    other.joinResults(["task"], results);
    using writer = new Thread(shared, "writer", results);
    assertEquals(await writer.next(), "joined");
    writer.send({ what: "large" });
    assertEquals(await writer.next(), "writing");
    writer[Symbol.dispose]();
    shared.fence(writer.handle);
    for (const { root } of [shared, other]) {
      for (const value of [root.large, root.results["task"]]) {
        const { round } = value[0];
        assertEquals(value.length, 20_000);
        assert(value.every((it: { round: number }) => it.round === round));
      }
    }
    shared.root.large = [1];
    other.root.n = 1;
    shared.setResultOf(0, "task", { after: 1 });
    assertEquals(other.root.results["task"], { after: 1 });
    assertEquals([other.root.large, shared.root.n], [[1], 1]);
  }
});
