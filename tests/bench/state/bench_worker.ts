/** A thread of the state benchmarks. */
/// <reference lib="webworker" />
import { SharedState, type StateHandle } from "../../../src/state/shared_state.ts";
import type { State } from "../../../src/task/context.ts";

/** The work of a thread, which starts when `gate` opens. */
export interface BenchOrder {
  readonly work: keyof typeof WORK;
  readonly count: number;
  readonly gate: Int32Array;
}

let root: State | undefined;

/** The waiting times of a thread for the lock. */
export interface Waited {
  readonly sections: number;
  readonly worstMs: number;
}

async function waitsAsync(root: State, ms: number): Promise<Waited> {
  let [sections, worstMs, now] = [0, 0, performance.now()];
  for (const end = now + ms; now < end; sections++) {
    const asked = performance.now();
    using _lock = await root._state_lock.acquireAsync();
    worstMs = Math.max(worstMs, performance.now() - asked);
    const seen = root.n;
    await Promise.resolve();
    root.n = seen + 1;
    now = performance.now();
  }
  return { sections, worstMs };
}

function waits(root: State, ms: number): Waited {
  let [sections, worstMs, now] = [0, 0, performance.now()];
  for (const end = now + ms; now < end; sections++) {
    const asked = performance.now();
    using _lock = root._state_lock.acquire();
    now = performance.now();
    worstMs = Math.max(worstMs, now - asked);
    root.n += 1;
  }
  return { sections, worstMs };
}

const WORK = {
  waits,
  waitsAsync,
  locked(root: State, count: number): void {
    for (let n = 0; n < count; n++) {
      using _lock = root._state_lock.acquire();
      root.n += 1;
    }
  },
  update(root: State, count: number): void {
    const add = (n: number) => n + 1;
    for (let n = 0; n < count; n++) root.update("n", add);
  },
  lockedPush(root: State, count: number): void {
    for (let n = 0; n < count; n++) {
      using _lock = root._state_lock.acquire();
      root.list.push(n);
    }
  },
  push(root: State, count: number): void {
    for (let n = 0; n < count; n++) root.list.push(n);
  },
};

self.onmessage = async ({ data }: MessageEvent<{ handle: StateHandle } | BenchOrder>) => {
  if ("handle" in data) {
    const start = performance.now();
    root = SharedState.join(data.handle).root;
    self.postMessage({ joinMs: performance.now() - start });
    return;
  }
  const { gate, work, count } = data;
  // All threads start at once.
  if (Atomics.add(gate, 0, -1) === 1) Atomics.notify(gate, 0);
  for (let left = Atomics.load(gate, 0); left > 0; left = Atomics.load(gate, 0)) {
    Atomics.wait(gate, 0, left, 5);
  }
  const start = performance.now();
  const waited = await WORK[work](root!, count);
  const end = performance.now();
  const { timeOrigin } = performance;
  self.postMessage({ start: timeOrigin + start, end: timeOrigin + end, waited });
};
