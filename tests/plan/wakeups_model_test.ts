/**
 * Every order in which the atomic steps of workers and of the main thread can take place, in the code of a
 * plan, its lock and its wakeups, as it stands. See tests/state/interleave.ts. A sleep has no end here but by
 * being woken, so work that comes between a look and a sleep, and wakes nobody, is found.
 *
 * A thread's ordinary memory is brought up to date when it takes the lock, and when it looks how much is
 * logged: what it would read without either is stale.
 *
 * Explored as well, and not in the test (2 minutes each): a worker and who listens with up to 8 preemptions,
 * two workers and who listens, and two and a cancel, with up to 3.
 */
import { Counterexample, explore } from "../state/explore.ts"; // before the code
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Word } from "../../src/plan/plan_layout.ts";
import { waitWhile, wake } from "../../src/sync/wait.ts";
import { fetchAdd } from "../../src/sync/atomics.ts";
import { RecordKind } from "../../src/plan/transition_log.ts";
import type { PlanHandle } from "../../src/plan/plan.ts";
import type { TaskId } from "../../src/task/task.ts";
import type { Model } from "../state/interleave.ts";
import { graphOf } from "../support/graphs.ts";

type PlanModule = typeof import("../../src/plan/plan.ts");
/** What is put in, where: in the plan's own file, or in its wakeups'. */
type Plant = readonly [file: "plan.ts" | "wakeups.ts", from: string, to: string];

const FOLDER = new URL("../../src/plan/", import.meta.url);
const MAIN = 1;
/** A word that no plan uses. */
const MET = 95;

/** The code, with a bug put in. */
async function code(plant?: Plant): Promise<PlanModule> {
  if (plant === undefined) return await import(new URL("plan.ts", FOLDER).href);
  const [file, from, to] = plant;
  const text = await Deno.readTextFile(new URL(file, FOLDER));
  assert(text.includes(from), `the code to spoil is no longer there: ${from}`);
  const spoilt = loadable(text.replace(from, to));
  if (file === "plan.ts") return await import(spoilt);
  const plan = await Deno.readTextFile(new URL("plan.ts", FOLDER));
  return await import(loadable(plan.replaceAll('"./wakeups.ts"', `"${spoilt}"`)));
}

function loadable(text: string): string {
  const whole = text.replace(/from "(\.[^"]+)"/g, (_, path) => `from "${new URL(path, FOLDER)}"`);
  return `data:application/typescript,${encodeURIComponent(whole)}`;
}

/**
 * As a worker of the pool does: takes and settles, and sleeps where there is nothing to take. The tasks after
 * the first end when two are under way: so whoever sleeps through one keeps the other from its end.
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

/** As the run loop does: tells what is logged, and sleeps where there is nothing to tell. Returns what it told. */
function listener({ Plan }: PlanModule, handle: PlanHandle) {
  return (buffer: SharedArrayBuffer) => {
    const plan = Plan.attach({ ...handle, buffer }, MAIN);
    const told: number[] = [];
    for (;;) {
      plan.log.drain((kind) => told.push(kind) > 0);
      if (plan.remaining === 0 && !plan.log.hasUnread) return told;
      now(plan.wakeups.parkMain(() => plan.log.hasUnread));
    }
  };
}

/** As the run loop does when it is told to: starts nothing more. */
function canceller({ Plan }: PlanModule, handle: PlanHandle) {
  return (buffer: SharedArrayBuffer) => Plan.attach({ ...handle, buffer }, MAIN).cancel(0);
}

/** In a model a sleep is over when the call returns; a thread that is cut off throws where it goes on. */
function now(asleep: Promise<void>): void {
  asleep.catch(() => {});
}

function ownerOf(lane: number): number {
  return MAIN + 1 + lane;
}

interface ModelOptions {
  readonly graph: Parameters<typeof graphOf>[0];
  readonly workers: number;
  readonly listens?: boolean;
  readonly cancels?: boolean;
  readonly meets?: boolean;
  readonly preemptions?: number;
}

function planModel(module: PlanModule, options: ModelOptions): Model {
  const { graph, workers, listens = false, cancels = false, meets = false, preemptions } = options;
  const plan = module.Plan.create(graphOf(graph), { lanes: workers, skipDependents: true }, MAIN);
  for (let lane = 0; lane < workers; lane++) plan.open(lane, ownerOf(lane));
  const { handle } = plan;
  const threads = Array.from({ length: workers }, (_, lane) => worker(module, handle, lane, meets));
  const others = [
    ...(listens ? [listener(module, handle)] : []),
    ...(cancels ? [canceller(module, handle)] : []),
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
      if (!listens) return;
      const { PASSED, CANCELLED } = RecordKind;
      const ends = (outcomes[0] as number[]).filter((it) => it === PASSED || it === CANCELLED);
      assertEquals(ends.length, handle.tasks, "each task's end is told");
    },
  };
}

const CHAIN = { a: [], b: ["a"] };
const FORK = { ...CHAIN, c: ["a"] };
const CORRECT: Readonly<Record<string, ModelOptions>> = {
  "two workers": { graph: CHAIN, workers: 2, preemptions: 2 },
  "two workers, one of which makes work for both": {
    ...{ graph: FORK, workers: 2, meets: true, preemptions: 3 },
  },
  "three workers": { graph: CHAIN, workers: 3, preemptions: 1 },
  "a worker and who listens": { graph: { a: [] }, workers: 1, listens: true, preemptions: 3 },
  "two workers and who listens": { graph: CHAIN, workers: 2, listens: true, preemptions: 1 },
  "two workers and a cancel": { graph: FORK, workers: 2, cancels: true, preemptions: 1 },
};

for (const [name, options] of Object.entries(CORRECT)) {
  Deno.test(`plan model holds for ${name}`, async () => {
    const { schedules, ends } = explore(planModel(await code(), options));
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
    else if (available > 0) this.wakeups.wakeWorkers(available);`.slice(1);

/** Bugs, the model that finds each, and where they are put in. */
const SPOILT: Readonly<Record<string, readonly [model: string, ...Plant]>> = {
  "a worker does not look again before it sleeps": [
    ...["two workers", "wakeups.ts"] as const,
    ...["if (hasWork()) return;", ""] as const,
  ],
  "a worker says that it sleeps after it has looked": [
    ...["two workers, one of which makes work for both", "wakeups.ts"] as const,
    ...[
      "fetchAdd(this.#words, Word.WAITERS, 1);\n    try {\n      if (hasWork()) return;",
    ] as const,
    "if (hasWork()) return;\n    fetchAdd(this.#words, Word.WAITERS, 1);\n    try {",
  ],
  "a worker sleeps on what the bell says after it has looked": [
    ...["two workers", "wakeups.ts"] as const,
    ...["mayBlock && waitWhile(this.#words, Word.WAKE_SEQ, ticket,"] as const,
    "waitWhile(this.#words, Word.WAKE_SEQ, load(this.#words, Word.WAKE_SEQ),",
  ],
  "whoever listens does not look again before it sleeps": [
    ...["a worker and who listens", "wakeups.ts"] as const,
    ...["if (hasUnread()) {", "if (false) {"] as const,
  ],
  "who sleeps is looked for before the work is there": [
    ...["two workers, one of which makes work for both", "plan.ts"] as const,
    `${PUBLISHES}\n${WAKES}`,
    `${WAKES}\n${PUBLISHES}`,
  ],
};

for (const [bug, [name, ...plant]] of Object.entries(SPOILT)) {
  Deno.test(`plan model finds a planted bug: ${bug}`, async () => {
    const model = planModel(await code(plant), CORRECT[name]!);
    assertThrows(() => explore(model), Counterexample);
  });
}
