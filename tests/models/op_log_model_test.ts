/**
 * A model check of the op log and the replicas: the source as it is, in every interleaving of the
 * atomic steps of two and three threads. See interleave.ts. A thread's ordinary memory is updated
 * when the thread takes the internal lock: a read without the lock is stale, and a write without it
 * is late.
 *
 * Without a bound (not in the test: 5 s each), 2 threads that push have 3,349,352,308 interleavings
 * (224,412 states); 2 threads whose writes need a snapshot have 275,429,418 (253,674 states).
 */
import { Counterexample, explore } from "./explore.ts"; // before the code
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as layout from "../../src/state/log/log_layout.ts";
import { OpLog } from "../../src/state/log/op_log.ts";
import { Replica } from "../../src/state/replica/replica.ts";
import { SharedState, type StateHandle } from "../../src/state/shared_state.ts";
import { StateWriter } from "../../src/state/replica/state_writer.ts";
import type { State } from "../../src/task/context.ts";
import type { Model } from "./interleave.ts";
import { digest } from "../state/replicas.ts";

const MEMORY = 4096;

type Act = (root: State) => unknown;

/** A state with a small log, joined by threads that each do their part. */
function logModel(
  acts: readonly Act[],
  check: (seen: Record<string, unknown>, outcomes: readonly unknown[]) => void,
  options: { setup: Act; preemptions: number; snapshots?: number },
): Model {
  const slots = acts.length + 2;
  const shared = SharedState.create({ initialBytes: layout.headerBytes(slots) + 1024, slots });
  options.setup(shared.root);
  const handles = acts.map((_, n) => shared.invite(`thread_${n}`));
  const late = shared.invite("late");
  // The thread that created the state takes no part, and does not delay the log.
  shared.leave();
  // Memory is as long as it may become: it does not grow in a model.
  const memory = new Uint8Array(MEMORY);
  memory.set(new Uint8Array(late.buffer));
  const join = (handle: StateHandle, buffer: SharedArrayBuffer) =>
    SharedState.join({ ...handle, buffer }).root;
  return {
    memory,
    threads: acts.map((act, n) => (buffer) => {
      const root = join(handles[n]!, buffer);
      act(root);
      return digest(root);
    }),
    fetches: ({ op, index, args }, result) =>
      index === layout.MUTEX && op === "compareExchange" && result === args[0] && args[1] !== 0,
    preemptions: options.preemptions,
    check: (words, outcomes) => {
      for (const outcome of outcomes) if (outcome instanceof Error) throw outcome;
      assertEquals([words[layout.MUTEX], words[layout.USER_LOCK]], [0, 0]);
      assert(words[layout.SNAPSHOTS]! >= (options.snapshots ?? 0), "the log never restarted");
      const buffer = new SharedArrayBuffer(memory.length, { maxByteLength: MEMORY });
      new Int32Array(buffer).set(words);
      const root = join(late, buffer);
      check(JSON.parse(JSON.stringify(root)), outcomes);
    },
  };
}

const push: Act = (root) => root.list.push("x");
const write = (key: string): Act => (root) => root[key] = key.repeat(400);
const increment: Act = (root) => {
  using _lock = root._state_lock.acquire();
  root.n += 1;
};
const update: Act = (root) => root.update("n", (n) => n + 1);

/** The last reader has seen all writes. */
function seenBy(seen: Record<string, unknown>, outcomes: readonly unknown[]): void {
  assert(outcomes.includes(digest(seen as State)), `${digest(seen as State)} not in ${outcomes}`);
}

function twoPush(): Model {
  return logModel([push, push], (seen, outcomes) => {
    assertEquals(seen.list, ["x", "x"]);
    seenBy(seen, outcomes);
  }, { setup: (root) => root.list = [], preemptions: 6 });
}

/** @param snapshots At least as many are taken, whatever the order. */
function twoWriteMuch(snapshots: number): Model {
  return logModel([write("a"), write("b")], (seen, outcomes) => {
    assertEquals([seen.a, seen.b, seen.c], ["a", "b", "c"].map((key) => key.repeat(400)));
    seenBy({ ...seen }, outcomes);
  }, { setup: write("c"), preemptions: 6, snapshots });
}

function updateAndAssign(): Model {
  return logModel([update, (root) => root.n = 10], (seen) => {
    assert(seen.n === 10 || seen.n === 11, `${seen.n}: neither before nor after`);
  }, { setup: (root) => root.n = 0, preemptions: 2 });
}

const MODELS: Record<string, [model: () => Model, least: number]> = {
  "2 threads that push, up to 6 preemptions": [twoPush, 50_000],
  "3 threads that push, up to 2 preemptions": [
    () =>
      logModel([push, push, push], (seen, outcomes) => {
        assertEquals(seen.list, ["x", "x", "x"]);
        seenBy(seen, outcomes);
      }, { setup: (root) => root.list = [], preemptions: 2 }),
    2000,
  ],
  "2 threads whose writes need a snapshot, up to 6 preemptions": [
    () => twoWriteMuch(1),
    2000,
  ],
  "2 threads that increment under the lock, up to 2 preemptions": [
    () =>
      logModel([increment, increment], (seen, outcomes) => {
        assertEquals(seen.n, 2);
        seenBy(seen, outcomes);
      }, { setup: (root) => root.n = 0, preemptions: 2 }),
    200,
  ],
  "an update and an assignment without the lock, up to 2 preemptions": [
    updateAndAssign,
    150,
  ],
};

for (const [name, [model, least]] of Object.entries(MODELS)) {
  Deno.test(`OpLog keeps replicas consistent with ${name}`, () => {
    const { schedules, ends } = explore(model());
    assert(schedules >= least && ends > 50, `only ${schedules} orders with ${ends} ends`);
  });
}

/** Replaces a method for as long as a test lasts. */
function spoil(prototype: object, name: string, method: (...args: never[]) => unknown): Disposable {
  const good = Object.getOwnPropertyDescriptor(prototype, name)!;
  Object.defineProperty(prototype, name, { ...good, value: method });
  return { [Symbol.dispose]: () => Object.defineProperty(prototype, name, good) };
}

/** Private members of a replica, in which a test puts a bug. */
interface Inside {
  readonly cursor: { acquire(): void; release(): void };
  append(encoder: unknown, options: unknown): unknown;
}

/** Bugs, the model that finds each, and what it finds. */
const SPOILT: Record<string, [model: () => Model, finds: string, spoil: () => Disposable]> = {
  "a writer appends without catching up under the lock": [
    twoPush,
    'list:["x","x"]} not in',
    () =>
      spoil(Replica.prototype, "commit", function (this: Inside, encoder: never, options: never) {
        this.cursor.acquire();
        try {
          return this.append(encoder, options);
        } finally {
          this.cursor.release();
        }
      }),
  ],
  "the version does not increase": [
    twoPush,
    'list:["x","x"]} not in',
    () =>
      spoil(OpLog.prototype, "bumpVersion", function (this: { words: Int32Array }) {
        return this.words[layout.VERSION]!;
      }),
  ],
  "the log restarts before all threads have read it": [
    () => twoWriteMuch(0),
    "a thread had not read it",
    () => spoil(OpLog.prototype, "isReadByOthers", () => true),
  ],
  "an update does not check that the key is unchanged": [
    updateAndAssign,
    "neither before nor after",
    () =>
      spoil(StateWriter.prototype, "setIf", function (
        this: StateWriter,
        ...[target, key, , value]: [object, string, unknown, unknown]
      ) {
        this.set(target, key, value);
        return true;
      }),
  ],
};

for (const [bug, [model, finds, spoilIt]] of Object.entries(SPOILT)) {
  Deno.test(`explore() finds an error when ${bug}`, () => {
    const correct = model();
    using _spoilt = spoilIt();
    assertThrows(() => explore(correct), Counterexample, finds);
  });
}
