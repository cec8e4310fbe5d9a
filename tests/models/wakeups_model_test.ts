/**
 * A model check of the plan, its lock and its wakeups: the source as it is, in every interleaving
 * of the atomic steps of workers and of the main thread. See interleave.ts. A wait
 * never times out here, so a lost wakeup is found.
 *
 * A thread's ordinary memory is brought up to date when it takes the lock, and when it reads how
 * much is logged: what it would read without either is stale.
 *
 * Also explored, but not in the test (2 minutes each): a worker and the main thread with up to 8
 * preemptions; two workers and the main thread, and two workers and a cancel, with up to 3.
 */
import { Counterexample, explore } from "./explore.ts"; // before the code
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Word } from "../../src/plan/plan_layout.ts";
import { waitWhile, wake } from "../../src/sync/wait.ts";
import { fetchAdd } from "../../src/sync/atomics.ts";
import { RecordKind } from "../../src/plan/transition_log.ts";
import type { PlanHandle } from "../../src/plan/plan.ts";
import type { TaskId } from "../../src/task/task.ts";
import type { Model } from "./interleave.ts";
import { graphOf } from "../support/graphs.ts";

type PlanModule = typeof import("../../src/plan/plan.ts");
/** A bug to plant: the file, the text to replace and its replacement. */
type PlantedBug = readonly [file: "plan.ts" | "wakeups.ts", from: string, to: string];

const FOLDER = new URL("../../src/plan/", import.meta.url);
const MAIN = 1;
/** The index of a word that no plan uses. */
const MET = 95;

/** Imports the source, with a bug planted in it. */
async function importPlan(bug?: PlantedBug): Promise<PlanModule> {
  if (bug === undefined) return await import(new URL("plan.ts", FOLDER).href);
  const [file, from, to] = bug;
  const text = await Deno.readTextFile(new URL(file, FOLDER));
  assert(text.includes(from), `the text to replace is missing: ${from}`);
  const mutated = loadable(text.replace(from, to));
  if (file === "plan.ts") return await import(mutated);
  const plan = await Deno.readTextFile(new URL("plan.ts", FOLDER));
  return await import(loadable(plan.replaceAll('"./wakeups.ts"', `"${mutated}"`)));
}

function loadable(text: string): string {
  const whole = text.replace(/from "(\.[^"]+)"/g, (_, path) => `from "${new URL(path, FOLDER)}"`);
  return `data:application/typescript,${encodeURIComponent(whole)}`;
}

/**
 * A worker of the pool: takes and settles, and parks when there is nothing to take. The tasks after
 * the first end when two are running: a thread that misses a wakeup keeps the other from its end.
 */
function worker({ Plan, TaskState }: PlanModule, handle: PlanHandle, lane: number, meets: boolean) {
  return (buffer: SharedArrayBuffer) => {
    const plan = Plan.attach({ ...handle, buffer }, ownerOf(lane));
    const hasWork = () => plan.readyCount > 0 || plan.remaining === 0;
    for (;;) {
      let task = plan.take(lane, 0);
      while (task >= 0) {
        if (meets && task > 0) meet(new Int32Array(buffer));
        task = plan.settleAndTake(lane, task as TaskId, TaskState.PASSED, 0, 0);
      }
      if (plan.remaining === 0) return;
      now(plan.wakeups.park(hasWork, true));
    }
  };
}

function meet(words: Int32Array): void {
  fetchAdd(words, MET, 1);
  wake(words, MET);
  waitWhile(words, MET, 1);
}

/**
 * The run loop: reads the log, and parks when there is nothing to read. Returns the kinds of the
 * records.
 */
function mainThread({ Plan }: PlanModule, handle: PlanHandle) {
  return (buffer: SharedArrayBuffer) => {
    const plan = Plan.attach({ ...handle, buffer }, MAIN);
    const kinds: number[] = [];
    for (;;) {
      plan.log.drain((kind) => kinds.push(kind) > 0);
      if (plan.remaining === 0 && !plan.log.hasUnread) return kinds;
      now(plan.wakeups.parkMain(() => plan.log.hasUnread));
    }
  };
}

/** The run loop when the run is cancelled: starts no more tasks. */
function canceller({ Plan }: PlanModule, handle: PlanHandle) {
  return (buffer: SharedArrayBuffer) => Plan.attach({ ...handle, buffer }, MAIN).cancel(0);
}

/**
 * Ends a wait, which in a model is over when the call returns. A thread that is interrupted
 * throws on its next step.
 */
function now(wait: Promise<void>): void {
  wait.catch(() => {});
}

function ownerOf(lane: number): number {
  return MAIN + 1 + lane;
}

interface ModelOptions {
  readonly graph: Parameters<typeof graphOf>[0];
  readonly workers: number;
  readonly hasMain?: boolean;
  readonly hasCancel?: boolean;
  readonly meets?: boolean;
  readonly preemptions?: number;
}

function planModel(module: PlanModule, options: ModelOptions): Model {
  const { graph, workers, hasMain = false, hasCancel = false, meets = false, preemptions } =
    options;
  const plan = module.Plan.create(graphOf(graph), { lanes: workers, skipDependents: true }, MAIN);
  for (let lane = 0; lane < workers; lane++) plan.open(lane, ownerOf(lane));
  const { handle } = plan;
  const threads = Array.from({ length: workers }, (_, lane) => worker(module, handle, lane, meets));
  const others = [
    ...(hasMain ? [mainThread(module, handle)] : []),
    ...(hasCancel ? [canceller(module, handle)] : []),
  ];
  return {
    memory: new Uint8Array(handle.buffer.slice(0)),
    threads: [...others, ...threads],
    plain: [Word.READY, Word.REMAINING],
    fetches: ({ op, index, args }, result) =>
      index === Word.LOCK
        ? op === "compareExchange" && result === args[0] && args[1] !== 0
        : index === Word.LOGGED && op === "load",
    ...(preemptions === undefined ? {} : { preemptions }),
    check: (words, outcomes) => {
      for (const outcome of outcomes) if (outcome instanceof Error) throw outcome;
      assertEquals([words[Word.LOCK], words[Word.WAITERS], words[Word.REMAINING]], [0, 0, 0]);
      if (!hasMain) return;
      const { PASSED, CANCELLED } = RecordKind;
      const ends = (outcomes[0] as number[]).filter((it) => it === PASSED || it === CANCELLED);
      assertEquals(ends.length, handle.tasks, "each task's end is logged");
    },
  };
}

const CHAIN = { a: [], b: ["a"] };
const FORK = { ...CHAIN, c: ["a"] };
const CORRECT: Readonly<Record<string, ModelOptions>> = {
  "two workers": { graph: CHAIN, workers: 2, preemptions: 2 },
  "two workers, one of which readies work for both": {
    ...{ graph: FORK, workers: 2, meets: true, preemptions: 3 },
  },
  "three workers": { graph: CHAIN, workers: 3, preemptions: 1 },
  "a worker and the main thread": { graph: { a: [] }, workers: 1, hasMain: true, preemptions: 3 },
  "two workers and the main thread": { graph: CHAIN, workers: 2, hasMain: true, preemptions: 1 },
  "two workers and a cancel": { graph: FORK, workers: 2, hasCancel: true, preemptions: 1 },
};

for (const [name, options] of Object.entries(CORRECT)) {
  Deno.test(`Plan gives every task its outcome in all interleavings of ${name}`, async () => {
    const { schedules, ends } = explore(planModel(await importPlan(), options));
    assert(schedules > 100 && ends > 0, `only ${schedules} orders with ${ends} ends`);
  });
}

const PUBLISHES = `
    words[Word.READY_COUNT] = readyCount;
    words[Word.READY] = available;
    words[Word.REMAINING] = remaining;
    store(words, Word.LOGGED, appended);
    this.#lock.release();`.slice(1);
const WAKES = `
    if (remaining === 0) this.wakeups.end();
    else if (woken > 0) this.wakeups.wakeWorkers(woken);`.slice(1);

/** Bugs, the model that finds each, and the text where they are planted. */
const BUGS: Readonly<Record<string, readonly [model: string, ...PlantedBug]>> = {
  "a worker does not recheck before it waits": [
    ...["two workers", "wakeups.ts"] as const,
    ...["if (hasWork()) return;", ""] as const,
  ],
  "a worker increments WAITERS after its recheck": [
    ...["two workers, one of which readies work for both", "wakeups.ts"] as const,
    ...[
      "fetchAdd(this.#words, Word.WAITERS, 1);\n    try {\n      if (hasWork()) return;",
    ] as const,
    "if (hasWork()) return;\n    fetchAdd(this.#words, Word.WAITERS, 1);\n    try {",
  ],
  "a worker reads WAKE_SEQ after its recheck": [
    ...["two workers", "wakeups.ts"] as const,
    ...["mayBlock && waitWhile(this.#words, Word.WAKE_SEQ, ticket,"] as const,
    "waitWhile(this.#words, Word.WAKE_SEQ, load(this.#words, Word.WAKE_SEQ),",
  ],
  "the main thread does not recheck before it waits": [
    ...["a worker and the main thread", "wakeups.ts"] as const,
    ...["if (hasUnread()) {", "if (false) {"] as const,
  ],
  "waiters are looked up before the work is published": [
    ...["two workers, one of which readies work for both", "plan.ts"] as const,
    `${PUBLISHES}\n${WAKES}`,
    `${WAKES}\n${PUBLISHES}`,
  ],
};

for (const [title, [name, ...bug]] of Object.entries(BUGS)) {
  Deno.test(`explore() finds an error when ${title}`, async () => {
    const model = planModel(await importPlan(bug), CORRECT[name]!);
    assertThrows(() => explore(model), Counterexample);
  });
}
