/** A thread for the tests of the state: joins, and executes jobs. */
/// <reference lib="webworker" />

import {
  type ResultCellsBuffer,
  SharedState,
  type StateHandle,
} from "../../src/state/shared_state.ts";
import type { State } from "../../src/task/context.ts";
import { digest } from "../state/replicas.ts";

/** A job for the thread. */
export type Job =
  | { what: "locked" | "nested" | "update" | "push" | "lockedPush" | "map"; count: number }
  | { what: "random"; count: number; seed: number }
  | { what: "digest" }
  | { what: "large" }
  | { what: "zombie" }
  | { what: "hold" }
  | { what: "wait" };

/** The first message to the thread. */
export interface Start {
  readonly handle: StateHandle;
  readonly gate: Int32Array;
  /** The cells of a run with one task. */
  readonly results?: ResultCellsBuffer | undefined;
}

let shared: SharedState | undefined;
let gate: Int32Array | undefined;

self.onmessage = async ({ data }: MessageEvent<Start | Job>) => {
  if ("handle" in data) {
    gate = data.gate;
    shared = SharedState.join(data.handle);
    if (data.results !== undefined) shared.joinResults(["task"], data.results);
    self.postMessage("joined");
    return;
  }
  try {
    self.postMessage({ done: await perform(shared!, data) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};

function perform(shared: SharedState, job: Job): unknown {
  const { root } = shared;
  switch (job.what) {
    case "locked":
      return repeat(job.count, () => {
        using _lock = root._state_lock.acquire();
        root.n += 1;
      });
    case "nested":
      return repeat(job.count, () => {
        using _lock = root._state_lock.acquire();
        using _again = root._state_lock.acquire();
        root.a.b.c += 1;
      });
    case "update":
      return repeat(job.count, () => root.update("n", (n: number) => n + 1));
    case "push":
      return repeat(job.count, (n) => root.list.push(n));
    case "lockedPush":
      return repeat(job.count, (n) => {
        using _lock = root._state_lock.acquire();
        root.list.push(n);
      });
    case "map":
      return repeat(job.count, (n) => root.map.set(`${shared.bytes.max}-${n}`, root.map.size));
    case "random":
      return randomWrites(root, job.count, job.seed);
    case "digest":
      return digest(root);
    case "large":
      return writeLarge(shared);
    case "zombie":
      return actAsZombie(root);
    case "hold":
      root.holder = "me";
      root._state_lock.acquire();
      return "holding";
    case "wait": {
      using lock = root._state_lock.acquire();
      return lock.abandonedBy;
    }
  }
}

function repeat(count: number, write: (n: number) => unknown): number {
  for (let n = 0; n < count; n++) write(n);
  return count;
}

/** Acquires the lock and never releases it; continues after it was fenced. */
function actAsZombie(root: State): string {
  const lock = root._state_lock.acquire();
  root.owner = "zombie";
  self.postMessage("holding");
  Atomics.wait(gate!, 0, 0);
  const errors: string[] = [];
  for (
    const act of [() => root.owner, () => root.owner = "again", () => root._state_lock.acquire()]
  ) {
    try {
      act();
      errors.push("nothing");
    } catch (error) {
      errors.push((error as Error).name);
    }
  }
  lock[Symbol.dispose]();
  return errors.join();
}

/** Random operations on everything: values move, leave, come back, and are sorted. */
function randomWrites(root: State, count: number, seed: number): number {
  let random = seed;
  const next = (limit: number) => {
    random = (random * 1103515245 + 12345) & 0x7fff_ffff;
    return (random >> 8) % limit;
  };
  // deno-lint-ignore no-explicit-any -- items of the test itself
  let held: any = { id: seed };
  for (let n = 0; n < count; n++) {
    const { list, map, set } = root;
    switch (next(14)) {
      case 0:
        list.push({ id: n, by: seed, in: [n] });
        break;
      case 1:
        if (list.length > 20) held = list.splice(next(20), 1 + next(5))[0] ?? held;
        break;
      case 2:
        list.unshift(held);
        break;
      case 3:
        held = list.pop() ?? held;
        break;
      case 4:
        map.set(next(30), held);
        break;
      case 5:
        map.delete(next(30));
        break;
      case 6:
        set.add(next(2) ? held : n);
        break;
      case 7:
        if (set.size > 20) set.clear();
        break;
      case 8:
        held = map.get(next(30)) ?? held;
        break;
      case 9:
        held.mark = n;
        break;
      case 10:
        held.link = list[next(10)] ?? null;
        break;
      case 11:
        root[`key${next(20)}`] = next(3) ? n * 0.5 : "x".repeat(next(200));
        break;
      case 12:
        delete root[`key${next(20)}`];
        break;
      default:
        if (list.length > 60) list.length = 30;
        else if (next(20) === 0) list.reverse();
    }
  }
  return count;
}

/** Writes large values and results until the thread is terminated, at a turn of its event loop. */
async function writeLarge(shared: SharedState): Promise<never> {
  for (let round = 1;; round++) {
    const value = Array.from({ length: 20_000 }, (_, id) => ({ id, round }));
    shared.root.large = value;
    shared.setResultOf(0, "task", value);
    if (round === 2) self.postMessage("writing");
    await new Promise((resolve) => setTimeout(resolve));
  }
}
