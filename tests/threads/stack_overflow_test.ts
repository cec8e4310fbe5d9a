/** Tasks that overflow the stack while they print: they fail, and the run continues. */
import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { bounded } from "../support/bounded.ts";
import { taskModule } from "../support/data_module.ts";
import { policyGraph } from "../support/graphs.ts";
import { statusOf } from "../support/recorded_run.ts";
import { assertWellFormed } from "../support/well_formed.ts";

Deno.test("WorkerPool fails a task when it overflows the stack while it logs", async () => {
  // From different depths, so that the overflow happens at different places.
  const source = `
    const deeper = (n, from, task) => {
      if (n > from) task.log.debug("x");
      return deeper(n + 1, from, task) + 1;
    };
    const from = (depth) => mark((_state, task) => deeper(0, depth, task));
    export const a = from(6000), b = from(6001), c = from(6002), d = from(6003);`;
  await using pool = new WorkerPool({ size: 1, state: SharedState.create() });
  const { view } = await bounded(
    runGraph({
      ...{ graph: policyGraph({ a: {}, b: {}, c: {}, d: {} }), pool },
      ...{ storeResults: true, skipDependents: true, reporters: [], local: new Map() },
      code: { kind: "module", url: taskModule(source) },
    }),
    "a run with tasks that overflow the stack",
  );
  for (const name of "abcd") assertEquals(statusOf(view, name), "failed");
});

Deno.test("InlinePool keeps its reporters when a task logs with little stack left", async () => {
  const events: RunEvent[] = [];
  const report = (event: RunEvent) => void events.push(JSON.parse(JSON.stringify(event)));
  const s = new Scheduler({ mode: "inline", reporters: [{ report }] });
  const deeper = (log: () => void): void => {
    try {
      deeper(log);
    } catch {
      log(); // once there is enough stack for it
    }
  };
  // From different depths, so that the stack ends at different places.
  const after = (calls: number, log: () => void): void =>
    calls === 0 ? deeper(log) : after(calls - 1, log);
  for (let calls = 0; calls < 50; calls++) {
    s.register((task) => after(calls, () => task.log.info("x")), `task_${calls}`);
  }
  const { ok, reporterErrors } = await s.start();

  assertEquals([ok, reporterErrors], [true, []]);
  assertEquals(events.filter(({ type }) => type === "task-output").length, 50);
  assertWellFormed(events, s.graph, { skipDependents: false });
});
