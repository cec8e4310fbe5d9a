/** The actions of RunTimers, with a clock that is set by hand. */
import { assertEquals } from "@std/assert";
import type { RunEvent, RunFact } from "../../src/events/run_event.ts";
import type { PlanPolicies } from "../../src/plan/policy_words.ts";
import { RunTimers, type TimerActions } from "../../src/run/run_timers.ts";
import type { TaskId } from "../../src/task/task.ts";
import { bounded } from "../support/bounded.ts";

const TASK = 0 as TaskId;
const LONG_MS = 600_000;

function rig(policies: PlanPolicies, nowMs: number, deadlineMs?: number) {
  const first = Promise.withResolvers<string>();
  const did = (what: keyof TimerActions) => () => first.resolve(what);
  const actions = {
    ...{ expire: did("expire"), terminate: did("terminate"), requeue: did("requeue") },
    deadline: did("deadline"),
  };
  const timers = new RunTimers(policies, deadlineMs, () => nowMs, actions);
  const report = (fact: RunFact, elapsedMs: number) =>
    timers.report({ ...fact, seq: 0, elapsedMs } as RunEvent);
  return { timers, report, first: () => bounded(first.promise, "an action", 5_000) };
}

const started = { type: "task-started", task: TASK, worker: 0, attempt: 1 } as const;

Deno.test("RunTimers measures a timeout from the attempt's start when the start event is late", async () => {
  const { timers, report, first } = rig([{ timeoutMs: LONG_MS }], 2 * LONG_MS);
  using _timers = timers;
  report(started, LONG_MS);
  assertEquals(await first(), "expire");
});
