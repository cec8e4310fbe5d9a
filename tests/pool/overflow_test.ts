/** A task may run out of stack wherever it prints: it has failed, and the run goes on. */
import { assertEquals } from "@std/assert";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/scheduler/run.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { bounded } from "../support/bounded.ts";
import { taskModule } from "../support/data_module.ts";
import { policyGraph } from "../support/graphs.ts";
import { statusOf } from "../support/recorded_run.ts";

Deno.test("WorkerPool: a task that runs out of stack while it prints has failed, and is not waited for", async () => {
  // From different depths, so that it happens here and there.
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
    "a run with tasks that run out of stack",
  );
  for (const name of "abcd") assertEquals(statusOf(view, name), "failed");
});
