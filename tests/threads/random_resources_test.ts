/**
 * Resources of random graphs with faults: each is set up at most once at a time, and disposed of.
 * `RESOURCE_GRAPHS=180` makes these tests longer.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RunEvent } from "../../src/events/run_event.ts";
import { Graph } from "../../src/graph/graph.ts";
import { withTearDowns } from "../../src/graph/resources.ts";
import type { CodeSource } from "../../src/lane/run_spec.ts";
import { InlinePool } from "../../src/pool/inline_pool.ts";
import type { Pool } from "../../src/pool/pool.ts";
import { ProcessPool } from "../../src/pool/process_pool.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import type { TaskSpec } from "../../src/task/task.ts";
import { assertWellFormed } from "../support/well_formed.ts";
import * as module from "./random_resource_tasks.ts";
import { HANG_MS, type ResourceBehavior, type UserBehavior } from "./random_resource_tasks.ts";

const CODE: CodeSource = {
  kind: "module",
  url: new URL("./random_resource_tasks.ts", import.meta.url).href,
};
const GRAPHS = Number(Deno.env.get("RESOURCE_GRAPHS") || 30);
const RESOURCES = 4;
/** The first resource of which each thread has an instance; it may use the ones before. */
const FIRST_OF_THREAD = 2;
const TASKS = 8;
/** The first tasks use no resource: resources may depend on them. */
const BASE_TASKS = 2;

/** A random graph with the behavior of its nodes. */
interface RandomRun {
  readonly specs: readonly TaskSpec[];
  readonly behaviors: Readonly<Record<string, ResourceBehavior | UserBehavior>>;
  readonly skipDependents: boolean;
  /** Number of events after which the run is aborted; undefined for never. */
  readonly abortAfter: number | undefined;
}

const below = (prefix: string, count: number) =>
  fc.subarray(Array.from({ length: count }, (_, i) => `${prefix}${i}`), {
    maxLength: Math.min(2, count),
  });
const plain = { tags: [], withState: true };

const resourceSpecs = fc.tuple(
  ...Array.from(
    { length: RESOURCES },
    (_, i) =>
      fc.record({
        use: below("r", i),
        after: below("t", BASE_TASKS),
        restarts: fc.integer({ min: 0, max: 2 }),
      }).map(
        ({ use, after, restarts }): TaskSpec => ({
          name: `r${i}`,
          kind: "resource",
          ...(i < FIRST_OF_THREAD ? {} : { scope: "thread" }),
          ...(restarts === 0 ? {} : { restarts }),
          ...plain,
          after: [...after, ...use],
          use,
        }),
      ),
  ),
);
const taskSpecs = fc.tuple(
  ...Array.from({ length: TASKS }, (_, i) =>
    fc.record({
      use: i < BASE_TASKS ? fc.constant([]) : below("r", RESOURCES),
      after: below("t", i),
      when: fc.constantFrom("passed", "passed", "passed", "always", "failed"),
    }).map(({ use, after, when }): TaskSpec => ({
      name: `t${i}`,
      ...plain,
      policy: { when },
      after: [...after, ...use],
      use,
    }))),
);
const resourceBehavior = fc.constantFrom<ResourceBehavior[]>(
  ...[
    "file",
    "file",
    "file",
    "child",
    "throw",
    "hang",
    "late",
    "lost",
    "lost-once",
    "stuck",
  ] as const,
);
const userBehavior = fc.constantFrom<UserBehavior[]>("pass", "pass", "pass", "throw", "wait");
const randomRun: fc.Arbitrary<RandomRun> = fc.record({
  resources: resourceSpecs,
  tasks: taskSpecs,
  made: fc.array(resourceBehavior, { minLength: RESOURCES, maxLength: RESOURCES }),
  users: fc.array(userBehavior, { minLength: TASKS, maxLength: TASKS }),
  skipDependents: fc.boolean(),
  abortAfter: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 2 }),
}).map(({ resources, tasks, made, users, skipDependents, abortAfter }) => {
  const used = usedNames(resources, tasks);
  const behaviors: RandomRun["behaviors"] = Object.fromEntries([
    ...made.map((how, i) => [`r${i}`, how]),
    ...users.map((how, i) => [`t${i}`, how]),
  ]);
  const specs = [...tasks, ...resources.filter(({ name }) => used.has(name))]
    .map((spec) => ENDLESS.has(behaviors[spec.name]!) ? limited(spec) : spec);
  return { specs, behaviors, skipDependents, abortAfter };
});

/** The behaviors that only a timeout ends: on a busy machine, it would also end others. */
const ENDLESS: ReadonlySet<string> = new Set(["hang", "late", "wait"]);

function limited({ policy, ...spec }: TaskSpec): TaskSpec {
  return { ...spec, policy: { ...policy, timeoutMs: HANG_MS } };
}

/** The resources that tasks use, directly or through others, as a selection has them. */
function usedNames(resources: readonly TaskSpec[], tasks: readonly TaskSpec[]): Set<string> {
  const used = new Set(tasks.flatMap(({ use = [] }) => use));
  for (const { name, use = [] } of resources.toReversed()) {
    if (used.has(name)) use.forEach((it) => used.add(it));
  }
  return used;
}

async function runOnce(poolOf: (state: SharedState) => Pool, run: RandomRun): Promise<void> {
  const state = SharedState.create();
  const folder = Deno.makeTempDirSync();
  const uses = Object.fromEntries(run.specs.map(({ name, use = [] }) => [name, use]));
  Object.assign(state.root, { folder, uses, behaviors: run.behaviors, log: [], pids: [] });
  const events: RunEvent[] = [];
  const abort = new AbortController();
  await using pool = poolOf(state);
  const graph = withTearDowns(Graph.from(run.specs), pool.size);
  await runGraph({
    graph,
    pool,
    code: CODE,
    local: new Map(discoverTasks(module).map((task) => [task.spec.name, task])),
    storeResults: run.skipDependents,
    skipDependents: run.skipDependents,
    signal: abort.signal,
    reporters: [{
      report(event) {
        events.push(event);
        if (events.length === run.abortAfter) abort.abort();
      },
    }],
  });
  assertWellFormed(events, graph, { skipDependents: run.skipDependents });
  for (const id of graph.tasks.keys()) {
    if (graph.tasks[id]!.kind === "resource") assertLifetime(graph, id, events);
  }
  // A lost thread leaves the files of its own resources.
  const lost = events.flatMap((it) => it.type === "worker-lost" ? `thread_${it.worker}-` : []);
  const isLost = (instance: string) => lost.some((thread) => instance.includes(thread));
  const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assertEquals(left.filter((name) => !isLost(name)), [], "left running");
  for (const pid of state.root.pids) {
    if (lost.length === 0) assert(isGone(pid), `process ${pid} is left running`);
    else if (!isGone(pid)) Deno.kill(pid); // the child of a lost thread
  }
  const log: string[] = [...state.root.log];
  assertEquals(new Set(log).size, log.length, "set up or disposed of twice");
  const kept = log.filter((it) => !isLost(it));
  assertEquals(kept.filter((it) => it.startsWith("up ")).length * 2, kept.length);
  Deno.removeSync(folder, { recursive: true });
}

/**
 * Set up at most once and again for each restart, before its users; disposed of exactly once at the
 * end, after them.
 */
function assertLifetime(graph: Graph, setUp: number, events: readonly RunEvent[]): void {
  const name = graph.names[setUp]!;
  const tearDown = graph.idOf(`${name} (teardown)`)!;
  const { lane } = graph.tasks[setUp]!;
  const isLaneLost = events.some((it) => it.type === "worker-lost" && it.worker === lane);
  const users = [...graph.tasks.entries()].filter(([, { use, threadUse }]) =>
    use?.includes(name) || (lane !== undefined && threadUse?.includes(name.split(" ")[0]!))
  );
  const started = new Set<number>();
  let [isUp, wasUp, setUps, downs] = [false, false, 0, 0];
  for (const event of events) {
    if (event.type === "task-started" && event.task === setUp) {
      setUps++;
      assert(users.every(([id]) => !started.has(id)), `${name} is set up while it is used`);
    }
    if (event.type === "task-queued" && event.task === setUp) isUp = false;
    if (event.type === "task-finished" && event.task === setUp) {
      isUp = event.outcome.status === "passed";
      wasUp ||= isUp;
    }
    if (event.type === "task-started" && event.task === tearDown) downs++;
    // A task on another thread uses the instance of that.
    if (event.type === "task-started" && lane !== undefined && event.worker !== lane) continue;
    if (event.type === "task-started") started.add(event.task);
    if (event.type === "task-finished") started.delete(event.task);
    for (const [id, { kind }] of users) {
      if (!("task" in event) || event.task !== id) continue;
      if (event.type === "task-started") assert(isUp, `${graph.names[id]} runs without ${name}`);
      if (event.type === "task-started") assertEquals(downs, 0, `${name} was disposed of before`);
      if (kind === undefined) assert(event.type !== "task-finished" || downs === 0);
    }
  }
  if (!isLaneLost) {
    assertEquals(downs, wasUp ? 1 : 0, `${name} is disposed of as often as it is set up`);
  }
  assert(downs <= 1, `${name} is disposed of more than once`);
  assert(
    isLaneLost || setUps <= 1 + (graph.tasks[setUp]!.restarts ?? 0),
    `${name} is set up too often`,
  );
  const indexOf = (node: number, type: RunEvent["type"]) =>
    events.findLastIndex((it) => it.type === type && "task" in it && it.task === node);
  for (const [id, { kind, name: user }] of users) {
    if (kind !== "resource" || !wasUp || downs === 0) continue;
    const ended = indexOf(graph.idOf(`${user} (teardown)`)!, "task-finished");
    assert(ended < indexOf(tearDown, "task-started"), `${name} is disposed of before ${id}`);
  }
}

function isGone(pid: number): boolean {
  try {
    // A signal that has no effect on a live process.
    Deno.kill(pid, "SIGCONT");
    return false;
  } catch {
    return true;
  }
}

const POOLS: readonly [name: string, runs: number, poolOf: (state: SharedState) => Pool][] = [
  ["WorkerPool", GRAPHS, (state) => new WorkerPool({ size: 3, state })],
  ["ProcessPool", Math.ceil(GRAPHS / 3), (state) => new ProcessPool({ size: 3, state })],
  ["InlinePool", Math.ceil(GRAPHS / 3), (state) => new InlinePool(state, {})],
];

for (const [name, runs, poolOf] of POOLS) {
  Deno.test(`${name} disposes of all resources in ${runs} random graphs with faults`, async () => {
    const property = fc.asyncProperty(randomRun, (run) => runOnce(poolOf, run));
    await fc.assert(property, { numRuns: runs, endOnFailure: true });
  });
}
