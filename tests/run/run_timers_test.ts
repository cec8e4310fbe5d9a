/** What a timekeeper does of what it hears, at a time on a clock that is set by hand. */
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
  const deeds = {
    ...{ expire: did("expire"), end: did("end"), requeue: did("requeue") },
    deadline: did("deadline"),
  };
  const timekeeper = new RunTimers(policies, deadlineMs, () => nowMs, deeds);
  const tell = (fact: RunFact, elapsedMs: number) =>
    timekeeper.report({ ...fact, seq: 0, elapsedMs } as RunEvent);
  return { timekeeper, tell, first: () => bounded(first.promise, "a deed", 5_000) };
}

const started = { type: "task-started", task: TASK, worker: 0, attempt: 1 } as const;

Deno.test("RunTimers: a timeout counts from the start of its attempt, however late that is heard of", async () => {
  const { timekeeper, tell, first } = rig([{ timeoutMs: LONG_MS }], 2 * LONG_MS);
  using _timekeeper = timekeeper;
  tell(started, LONG_MS);
  assertEquals(await first(), "expire");
});
