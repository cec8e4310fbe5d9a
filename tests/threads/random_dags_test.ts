import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RunEvent } from "../../src/events/run_event.ts";
import { bullmqEngine } from "../../src/engine/driver/bullmq_engine.ts";
import { Graph } from "../../src/graph/graph.ts";
import { toEngineDriver } from "../../src/pool/engine.ts";
import type { Pool } from "../../src/pool/pool.ts";
import type { CodeSource } from "../../src/lane/run_spec.ts";
import { ProcessPool } from "../../src/pool/process_pool.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { realm } from "../../src/task/realm.ts";
import { startTdrun } from "../support/command.ts";
import { modelOutcomes, type RandomDag, randomDag } from "../support/random_dag.ts";
import { engineTest, Server } from "../support/servers.ts";
import { assertWellFormed } from "../support/well_formed.ts";
import type { Behavior } from "./random_tasks.ts";

const MODULE = new URL("./random_tasks.ts", import.meta.url).href;
const CODE: CodeSource = { kind: "module", url: MODULE };
const RUNS = 1000;

const PASSING: readonly Behavior[] = ["return", "resolve", "print", "push"];
const FAILING: readonly Behavior[] = ["throw", "reject"];

/** Writes the dependencies and the behavior of each task to the state. */
function writeBehaviors(state: SharedState, dag: RandomDag): void {
  const plan = dag.specs.map(({ name, after }, i) => {
    const ways = dag.failing.has(name) ? FAILING : PASSING;
    return [name, { after, how: ways[i % ways.length] }] as const;
  });
  state.root["plan"] = Object.fromEntries(plan);
  state.root["ended"] = new Set();
  state.root["pushed"] = [];
  state.clearResults();
}

async function runOnce(
  poolOf: () => Pool | Promise<Pool>,
  state: SharedState,
  dag: RandomDag,
  skipDependents: boolean,
): Promise<void> {
  writeBehaviors(state, dag);
  const graph = Graph.from(dag.specs);
  const events: RunEvent[] = [];
  const { view } = await runGraph({
    graph,
    pool: await poolOf(),
    code: CODE,
    local: new Map(),
    storeResults: true,
    skipDependents,
    reporters: [{ report: (event) => void events.push(event) }],
  });
  assertWellFormed(events, graph, { skipDependents });
  const outcomes = new Map(graph.names.map((name, id) => [name, view.outcomes[id]!.status]));
  const expected = modelOutcomes(dag, skipDependents);
  assertEquals(outcomes, new Map(graph.names.map((name) => [name, expected.get(name)!])));
  const passed = graph.names.filter((name) => outcomes.get(name) === "passed");
  assertEquals(Object.keys(state.root.results).sort(), passed);
  const pushing = (name: string) => state.root["plan"][name].how === "push";
  assertEquals([...state.root["pushed"]].sort(), passed.filter(pushing));
}

for (const size of [2, 4]) {
  Deno.test(`WorkerPool of ${size} matches the model in ${RUNS / 2} random graphs`, async () => {
    const state = SharedState.create();
    await using pool = new WorkerPool({ size, state, keepWorkers: true });
    await fc.assert(
      fc.asyncProperty(
        randomDag(40),
        fc.boolean(),
        (dag, skip) => runOnce(() => pool, state, dag, skip),
      ),
      { numRuns: RUNS / 2 },
    );
  });
}

const PROCESS_RUNS = 60;

Deno.test(`ProcessPool of 3 matches the model in ${PROCESS_RUNS} random graphs`, async () => {
  const state = SharedState.create();
  await using pool = new ProcessPool({ size: 3, state, keepWorkers: true });
  await fc.assert(
    fc.asyncProperty(
      randomDag(40),
      fc.boolean(),
      (dag, skip) => runOnce(() => pool, state, dag, skip),
    ),
    { numRuns: PROCESS_RUNS },
  );
});

const ENGINE_RUNS = 12;

engineTest(`EnginePool matches the model in ${ENGINE_RUNS} random graphs`, async (program) => {
  await using server = await Server.start(program);
  const engine = `--engine=${server.url}`;
  const worker = startTdrun(["worker", MODULE, engine, "--workers=3"], { limitMs: 300_000 });
  await worker.waitFor("Waiting for runs");
  const driver = toEngineDriver(bullmqEngine(server.url));
  const state = SharedState.create();
  realm().log = () => {}; // notices about workers that join and leave
  const runAtEngine = async (dag: RandomDag, skipDependents: boolean) => {
    const { names } = Graph.from(dag.specs);
    await using run = await driver.start({ names, tasks: [], code: CODE, workers: 3 });
    await runOnce(() => run.pool(state), state, dag, skipDependents);
  };
  try {
    const property = fc.asyncProperty(randomDag(40), fc.boolean(), runAtEngine);
    await fc.assert(property, { numRuns: ENGINE_RUNS, endOnFailure: true });
  } finally {
    realm().log = undefined;
    worker.kill("SIGTERM");
    await worker.ended;
  }
});
