/** Threads that do not become ready: the note, the time limits and the outcomes. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { InlinePool } from "../../src/pool/inline_pool.ts";
import type { Pool } from "../../src/pool/pool.ts";
import type { CodeSource } from "../../src/lane/run_spec.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import type { RunPolicy } from "../../src/run/run_policy.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { bounded } from "../support/bounded.ts";
import { dataModule } from "../support/data_module.ts";
import { policyGraph } from "../support/graphs.ts";
import { statusOf } from "../support/recorded_run.ts";
import { assertWellFormed } from "../support/well_formed.ts";

const startupLimits = { noticeMs: 10, limitMs: 30 };
const GRAPH = policyGraph({ a: {}, b: { after: ["a"] }, clean: { after: ["b"], when: "always" } });
const NEVER = () => new Promise<never>(() => {});

/** A module whose workers never get past its top level. */
const STUCK = dataModule("await new Promise(() => {});");

const CODE: CodeSource = { kind: "module", url: STUCK };

async function run(pool: Pool, policy: RunPolicy, hooks = {}, code = CODE) {
  const events: RunEvent[] = [];
  const graph = GRAPH;
  const { view } = await bounded(
    runGraph({
      ...{ graph, pool, policy, hooks, storeResults: true, skipDependents: true },
      code,
      local: new Map(),
      reporters: [{ report: (event) => void events.push(event) }],
    }),
    "a run whose threads never become ready",
  );
  assertWellFormed(events, graph, { skipDependents: true });
  const notes = events.flatMap((it) => it.type === "task-output" ? [it.text] : []);
  const outcomes = ["a", "b", "clean"].map((name) => statusOf(view, name));
  const [a] = view.outcomes;
  const error = a?.status === "failed" ? a.error.message : "";
  return { notes, outcomes, error, lost: view.lostWorkers.length };
}

function workers(): WorkerPool {
  return new WorkerPool({ size: 4, state: SharedState.create(), startupLimits });
}

Deno.test("WorkerPool fails tasks when the module loads longer than the timeout", async () => {
  const { notes, outcomes, error, lost } = await run(workers(), { timeoutMs: 5 });
  assertEquals(outcomes, ["failed", "skipped", "failed"]);
  assertEquals(notes, ["thread_0 is not ready after 0.01 s: the module's top level has not ended"]);
  assertEquals(error, "the worker was not ready within 0.03 s: the module's top level did not end");
  assertEquals(lost, 1);
});

Deno.test("WorkerPool cancels tasks when the module loads longer than the deadline", async () => {
  const { outcomes, lost } = await run(workers(), { deadlineMs: 20 });
  assertEquals(outcomes, ["cancelled", "cancelled", "failed"]);
  assertEquals(lost, 1);
});

Deno.test("InlinePool fails tasks when setupWorker takes longer than the timeout", async () => {
  const pool = new InlinePool(SharedState.create(), { startupLimits });
  const { notes, outcomes, error } = await run(pool, { timeoutMs: 5 }, { setupWorker: NEVER });
  assertEquals(outcomes, ["failed", "skipped", "failed"]);
  assertStringIncludes(notes[0]!, "setupWorker, has not ended");
  assertStringIncludes(error, "the main thread was not ready within 0.03 s");
});

Deno.test("InlinePool cancels tasks when setupWorker takes longer than the deadline", async () => {
  const pool = new InlinePool(SharedState.create(), { startupLimits });
  const { outcomes } = await run(pool, { deadlineMs: 20 }, { setupWorker: NEVER });
  assertEquals(outcomes, ["cancelled", "cancelled", "failed"]);
});

Deno.test("WorkerPool replaces a thread that is killed as its first task starts", async () => {
  // Its first event is delivered before its `ready` message is received.
  const task = `mark(() => new Promise(() => {}))`;
  const library = new URL("../../mod.ts", import.meta.url).href;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, `import { mark } from "${library}"; export const a = ${task};`);
  const graph = policyGraph({ a: { retries: 5 } });
  await using pool = new WorkerPool({ size: 1, state: SharedState.create() });
  const { view } = await bounded(
    runGraph({
      ...{ graph, pool, storeResults: true, skipDependents: true },
      code: { kind: "module", url: new URL(`file://${file}`).href },
      local: new Map(),
      reporters: [{
        report: (event) => {
          if (event.type !== "task-started") return;
          queueMicrotask(() => pool.kill(event.worker, { type: "Error", message: "killed" }));
        },
      }],
    }),
    "a run whose threads are killed",
  );
  await Deno.remove(file);
  assertEquals([view.attempts, view.lostWorkers.length], [[6], 6]);
});
