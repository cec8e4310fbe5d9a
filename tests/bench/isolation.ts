// deno-lint-ignore-file no-console
/**
 * Threads and processes compared: time to the first task, cost of a task, and speed of the state.
 * `deno run -A tests/bench/isolation.ts`
 */
import { Graph } from "../../src/graph/graph.ts";
import type { Isolation } from "../../src/pool/isolation.ts";
import { createPool } from "../../src/pool/create_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import type { Namespace } from "../../src/task/exported_tasks.ts";
import * as rates from "./isolation_rates.ts";
import * as tasks from "./isolation_tasks.ts";

const ROUNDS = 5;

interface Timed {
  /** Time until the first task has started. */
  readonly firstMs: number;
  /** Time from then until the last task has ended. */
  readonly restMs: number;
  readonly wholeMs: number;
}

/** Runs the tasks of a module in a pool. */
async function run(
  isolate: Isolation,
  workers: number,
  url: string,
  namespace: Namespace,
  state = SharedState.create(),
): Promise<Timed> {
  const found = discoverTasks(namespace);
  const times: number[] = [];
  const begin = performance.now();
  await runGraph({
    graph: Graph.from(found.map(({ spec }) => spec)),
    pool: await createPool({ workers, state, isolate }),
    code: { kind: "module", url },
    local: new Map(found.map((task) => [task.spec.name, task])),
    storeResults: true,
    skipDependents: true,
    reporters: [{
      report(event) {
        if (event.type === "task-started" || event.type === "task-finished") {
          times.push(event.elapsedMs);
        }
        if (event.type === "task-finished" && event.outcome.status !== "passed") {
          throw new Error(JSON.stringify(event));
        }
      },
    }],
  });
  const wholeMs = performance.now() - begin;
  return { firstMs: times[0]!, restMs: times.at(-1)! - times[0]!, wholeMs };
}

function median(values: number[]): string {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!.toFixed(2);
}

const CHAIN = new URL("./isolation_tasks.ts", import.meta.url).href;
for (const workers of [1, 4]) {
  for (const isolate of ["worker", "process"] as const) {
    const rounds: Timed[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push(await run(isolate, workers, CHAIN, tasks));
    }
    const of = (key: keyof Timed) => median(rounds.map((it) => it[key]));
    console.log(
      `${isolate.padEnd(8)} ${workers} at once: first task after ${of("firstMs")} ms, ` +
        `20 tasks in ${of("restMs")} ms, the whole run ${of("wholeMs")} ms`,
    );
  }
}

const RATES = new URL("./isolation_rates.ts", import.meta.url).href;
for (const isolate of ["worker", "process"] as const) {
  const state = SharedState.create();
  Object.assign(state.root, { n: 1, a: { b: 2 }, list: [] });
  await run(isolate, 1, RATES, rates, state);
  for (const [what, us] of Object.entries(state.root.results.measure as Record<string, number>)) {
    const rate = Math.round(1e6 / us).toLocaleString("en");
    console.log(`${isolate.padEnd(8)} ${what.padEnd(28)} ${us.toFixed(2)} us, ${rate} a second`);
  }
}
