import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type SharedState,
  StateLockError,
  ThreadFencedError,
} from "../../src/state/shared_state.ts";
import { replicas } from "./replicas.ts";

/** A turn of the event loop. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("StateLock.acquire() nests in one flow, and the last release frees the lock", () => {
  const { root, roots: [other], shared } = replicas();
  {
    using _a = root._state_lock.acquire();
    {
      using _b = root._state_lock.acquire();
      using _c = root._state_lock.acquire();
    }
    assertEquals(free(other!), false);
  }
  assertEquals(free(other!), true);
  assertEquals(shared.releaseLeaked(), false);
});

/** Whether a thread, which does not block, could have the lock. */
function free(state: SharedState["root"]): boolean {
  try {
    using _lock = state._state_lock.acquire();
    return true;
  } catch (error) {
    assert(error instanceof StateLockError);
    return false;
  }
}

/** Waiting for the lock does not keep the process alive by itself; a Worker or this does. */
function awake() {
  const timer = setInterval(() => {}, 1000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

Deno.test("StateLock.acquireAsync() excludes 100 concurrent branches across await", async () => {
  const { root } = replicas();
  root.n = 0;
  await Promise.all(Array.from({ length: 100 }, async () => {
    using _lock = await root._state_lock.acquireAsync();
    const seen = root.n;
    await turn();
    // Nested, after an await: the same flow still.
    using _again = await root._state_lock.acquireAsync();
    using _sync = root._state_lock.acquire();
    await Promise.resolve();
    root.n = seen + 1;
  }));
  assertEquals(root.n, 100);
});

Deno.test("StateLock.run() excludes 100 concurrent branches with nested sections", async () => {
  const { root } = replicas();
  root.n = 0;
  const add = async () => {
    const seen = root.n;
    await turn();
    await root._state_lock.run(() => root._state_lock.run(() => root.n = seen + 1));
    return seen;
  };
  const seen = await Promise.all(Array.from({ length: 100 }, () => root._state_lock.run(add)));
  assertEquals([root.n, new Set(seen).size], [100, 100]);
});

Deno.test("StateLock.run() excludes branches that start within one section", async () => {
  const { root } = replicas();
  root.n = 0;
  const add = () =>
    root._state_lock.run(async () => {
      const seen = root.n;
      await turn();
      root.n = seen + 1;
    });
  await root._state_lock.run(() => Promise.all([add(), add(), add(), add()]));
  assertEquals(root.n, 4);
});

Deno.test("StateLock.acquireAsync() makes a flow wait for the branch it started", async () => {
  const { root } = replicas();
  root.log = [];
  const branch = async () => {
    using _lock = await root._state_lock.acquireAsync();
    root.log.push("branch in");
    await turn();
    await turn();
    root.log.push("branch out");
  };
  const running = branch();
  await turn();
  {
    using _lock = await root._state_lock.acquireAsync();
    root.log.push("outer");
  }
  await running;
  assertEquals([...root.log], ["branch in", "branch out", "outer"]);
});

Deno.test("StateLock.acquire() throws in another flow while it is held across await", async () => {
  const { root } = replicas();
  let error: unknown;
  const other = (async () => {
    await turn();
    await turn();
    try {
      using _lock = root._state_lock.acquire();
    } catch (caught) {
      error = caught;
    }
  })();
  await root._state_lock.run(async () => {
    using _nested = root._state_lock.acquire();
    await other;
    using _again = root._state_lock.acquire();
  });
  assert(error instanceof StateLockError && error.message.includes("acquireAsync"), String(error));
});

Deno.test("StateLock.acquire() throws when two branches hold the lock at once", async () => {
  const { root } = replicas();
  const branch = async () => {
    using _lock = root._state_lock.acquire();
    await turn();
  };
  await assertRejects(() => Promise.all([branch(), branch()]), StateLockError, "at once");
  await turn();
  assertEquals(free(root), true);
});

Deno.test("StateLock.acquire() throws on the main thread instead of blocking", async () => {
  using _awake = awake();
  const { root, roots: [other] } = replicas();
  const guard = other!._state_lock.acquire();
  assertThrows(() => root._state_lock.acquire(), StateLockError, "main thread must not block");
  const waiting = root._state_lock.acquireAsync();
  guard[Symbol.dispose]();
  using got = await waiting;
  assertEquals(got.abandonedBy, undefined);
});

Deno.test("StateLock.run() serves the flows of one thread in order", async () => {
  const { root } = replicas();
  const order: number[] = [];
  const first = await root._state_lock.acquireAsync();
  const rest = [1, 2, 3, 4].map((n) => root._state_lock.run(() => order.push(n)));
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await Promise.all(rest);
  assertEquals(order, [1, 2, 3, 4]);
});

Deno.test("StateLock.run() returns the result of fn, and frees the lock on failure", async () => {
  const { root, roots: [other] } = replicas();
  assertEquals(await root._state_lock.run(() => 5), 5);
  assertEquals(await root._state_lock.run(() => Promise.resolve("x")), "x");
  const fail = () => {
    throw new RangeError("mine");
  };
  await assertRejects(() => root._state_lock.run(fail), RangeError, "mine");
  await assertRejects(() => root._state_lock.run(() => Promise.reject(new RangeError("late"))));
  assertEquals(free(other!), true);
});

Deno.test("SharedState.releaseLeaked() releases a leaked lock, and disables its guard", () => {
  const { joined: [thread], root, roots: [own] } = replicas();
  assertEquals(thread!.releaseLeaked(), false);
  const left = own!._state_lock.acquire();
  own!._state_lock.acquire();
  assertEquals([thread!.releaseLeaked(), thread!.releaseLeaked()], [true, false]);
  using _mine = root._state_lock.acquire();
  left[Symbol.dispose]();
  assertEquals(free(own!), false);
});

Deno.test("SharedState.releaseLeaked() rejects a pending acquireAsync()", async () => {
  using _awake = awake();
  const { joined: [thread], root, roots: [own] } = replicas();
  const guard = root._state_lock.acquire();
  const waiting = own!._state_lock.acquireAsync();
  let hasRun = false;
  const running = own!._state_lock.run(() => void (hasRun = true)); // gives back what it gets
  assertEquals(thread!.releaseLeaked(), false);
  await assertRejects(() => waiting, StateLockError, "has ended");
  guard[Symbol.dispose]();
  await running;
  assertEquals([hasRun, free(root)], [true, true]);
});

Deno.test("SharedState.releaseLeaked() rejects all requests of a task that has failed", async () => {
  using _awake = awake();
  const { joined: [thread], root, roots: [own] } = replicas();
  const failed = {};
  let owner = failed;
  thread!.setOwners(() => owner);
  const guard = root._state_lock.acquire();
  const lock = own!._state_lock;
  const waiting = [lock.acquireAsync(), lock.run(() => {})];
  owner = {};
  const other = lock.run(() => "other");
  thread!.releaseLeaked(failed);
  owner = failed;
  const late = [lock.acquireAsync(), lock.run(() => {})];
  assertThrows(() => lock.acquire(), StateLockError, "has failed");
  for (const request of [...waiting, ...late]) {
    await assertRejects(() => request, StateLockError, "has failed");
  }
  guard[Symbol.dispose]();
  assertEquals(await other, "other");
  assertEquals(free(root), true);
});

Deno.test("SharedState.releaseLeaked() frees a lock that was on its way to a waiter", async () => {
  using _awake = awake();
  const { joined: [thread], root, roots: [own] } = replicas();
  const guard = root._state_lock.acquire();
  const waiting = own!._state_lock.acquireAsync();
  guard[Symbol.dispose]();
  thread!.releaseLeaked();
  await assertRejects(() => waiting, StateLockError, "has ended");
  for (let turns = 0; turns < 100 && !free(root); turns++) await turn();
  assertEquals(free(root), true);
});

Deno.test("SharedState.fence() reports the fenced owner to the next owner once", async () => {
  using _awake = awake();
  const { shared, root, handles, roots: [zombie, waiting] } = replicas(2);
  const guard = zombie!._state_lock.acquire();
  const next = waiting!._state_lock.acquireAsync();
  assertEquals(shared.fence(handles[0]!), { heldLock: true });
  {
    using got = await next;
    assertEquals(got.abandonedBy, "thread_0");
    guard[Symbol.dispose]();
    assertEquals(free(root), false);
  }
  using after = root._state_lock.acquire();
  assertEquals(after.abandonedBy, undefined);
  assertThrows(() => zombie!._state_lock.acquire(), ThreadFencedError);
});

Deno.test("SharedState.fence() rejects a pending acquireAsync() of the fenced thread", async () => {
  using _awake = awake();
  const { shared, root, handles, roots: [zombie] } = replicas();
  using _mine = root._state_lock.acquire();
  const waiting = zombie!._state_lock.acquireAsync();
  shared.fence(handles[0]!);
  await assertRejects(() => waiting, ThreadFencedError);
});

Deno.test("ThreadLock serves waiting threads in turn while others keep acquiring it", async () => {
  using _awake = awake();
  const { root, roots: [one, two] } = replicas(2);
  root.n = 0;
  let done = false;
  const greedy = (async () => {
    while (!done) {
      await root._state_lock.run(async () => {
        root.n++;
        await Promise.resolve();
      });
      await turn();
    }
  })();
  for (let n = 0; n < 20; n++) {
    await Promise.all([one!._state_lock.run(turn), two!._state_lock.run(turn)]);
  }
  done = true;
  await greedy;
  assert(root.n > 0);
});
