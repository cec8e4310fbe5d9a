/** Tasks that fail after their attempt was aborted: each pool cancels them, with their error. */
import { assertEquals } from "@std/assert";
import type { RunEvent, TaskOutcome } from "../../src/events/run_event.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import { InlinePool } from "../../src/pool/inline_pool.ts";
import type { LaneMessage } from "../../src/lane/lane_message.ts";
import type { OutputOwner } from "../../src/thread/output/output_owner.ts";
import type { Pool } from "../../src/pool/pool.ts";
import type { LineSink } from "../../src/thread/output/output_sink.ts";
import { ProcessPool } from "../../src/pool/process_pool.ts";
import { TaskLoop } from "../../src/thread/task_loop.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { createAsyncVariable } from "../../src/base/async_variable.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { bounded } from "../support/bounded.ts";
import { taskModule } from "../support/data_module.ts";
import { graphOf, policyGraph } from "../support/graphs.ts";
import { assertWellFormed } from "../support/well_formed.ts";

const POOLS: Readonly<Record<string, (state: SharedState) => Pool>> = {
  WorkerPool: (state) => new WorkerPool({ size: 1, state }),
  ProcessPool: (state) => new ProcessPool({ size: 1, state }),
  InlinePool: (state) => new InlinePool(state, {}),
};

/** The outcomes of a run that is aborted at the first line of a log. */
async function outcomesOf(
  pool: Pool,
  graph: Graph,
  source: string,
): Promise<Record<string, TaskOutcome>> {
  const url = taskModule(source);
  const local = discoverTasks(await import(url));
  const events: RunEvent[] = [];
  const controller = new AbortController();
  await using _pool = pool;
  const run = runGraph({
    ...{ graph, pool, storeResults: true, skipDependents: true, signal: controller.signal },
    code: { kind: "module", url },
    local: new Map(local.map((task) => [task.spec.name, task])),
    reporters: [{
      report(event) {
        events.push(event);
        if (event.type === "task-output") controller.abort("interrupted");
      },
    }],
  });
  await bounded(run, "the run");
  assertWellFormed(events, graph, { skipDependents: true });
  return Object.fromEntries(events.flatMap((event) => {
    return event.type === "task-finished" ? [[graph.names[event.task], event.outcome]] : [];
  }));
}

/** The outcomes, with only the types and messages of errors. */
function inShort(outcomes: Record<string, TaskOutcome>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(outcomes).map(([name, outcome]) => {
      const error = "error" in outcome ? outcome.error : undefined;
      return [name, outcome.status + (error ? ` ${error.type}: ${error.message}` : "")];
    }),
  );
}

const ABORTED = `
  const aborted = (task) => new Promise((resolve) => {
    task.signal.addEventListener("abort", resolve);
    task.log.info("begun");
  });
`;

for (const [name, make] of Object.entries(POOLS)) {
  Deno.test(`${name} cancels a task with its error when its attempt was aborted`, async () => {
    const graph = policyGraph({
      a: { retries: 3 },
      b: { after: ["a"] },
      clean: { after: ["a"], when: "always" },
    });
    const outcomes = await outcomesOf(
      make(SharedState.create()),
      graph,
      `${ABORTED}
      export const a = mark({ retries: 3 }, async (_state, task) => {
        await aborted(task);
        throw new TypeError("the child exited with 130");
      });
      export const b = mark({ after: [a] }, () => {});
      export const clean = mark({ after: [a], when: "always" }, () => {
        throw new Error("it does not clean up");
      });`,
    );
    assertEquals(inShort(outcomes), {
      a: "cancelled TypeError: the child exited with 130",
      b: "cancelled",
      clean: "failed Error: it does not clean up",
    });
  });

  Deno.test(`${name} cancels a task without an error when it throws the abort reason`, async () => {
    const outcomes = await outcomesOf(
      make(SharedState.create()),
      policyGraph({ a: {} }),
      `${ABORTED}
      export const a = mark(async (_state, task) => {
        await aborted(task);
        task.signal.throwIfAborted();
      });`,
    );
    assertEquals(inShort(outcomes), { a: "cancelled" });
  });

  Deno.test(`${name} fails an aborted task when it calls Deno.exit()`, async () => {
    const outcomes = await outcomesOf(
      make(SharedState.create()),
      policyGraph({ a: {} }),
      `${ABORTED}
      export const a = mark(async (_state, task) => { await aborted(task); Deno.exit(130); });`,
    );
    assertEquals(outcomes["a"]?.status, "failed");
  });
}

Deno.test("TaskLoop cancels a task when its child failed before signals were handled", async () => {
  const graph = graphOf({ a: [], b: ["a"] });
  const plan = Plan.create(graph, { lanes: 1, skipDependents: true }, 1);
  plan.open(0);
  const messages: LaneMessage[] = [];
  const owners = createAsyncVariable<LineSink>();
  const loop = new TaskLoop({
    ...{ plan, lane: 0, firstSeq: 0, owners },
    rules: { storeResults: false, isStrict: false, timeoutMs: undefined, epochMs: 0 },
    state: SharedState.create(),
    code: {
      get: (task) => ({
        spec: graph.tasks[task]!,
        call: () => {
          (owners.get() as OutputOwner).childFailed();
          throw new Error("the child exited with 130");
        },
      }),
    },
    send: (message) => void messages.push(message),
    turn: () => Promise.resolve(),
    signalsHandled: () => Promise.resolve(plan.cancel(0)),
    isOwnThread: false,
  });
  await bounded(loop.run(), "a task whose child was interrupted", 5_000);
  assertEquals([0, 1].map((task) => plan.stateOf(task)), [
    ...[TaskState.CANCELLED, TaskState.CANCELLED],
  ]);
  assertEquals(messages.map(({ type }) => type), ["failed"]);
});
