/** Merging records and messages. */
import { assertEquals } from "@std/assert";
import { EventStream } from "../../src/events/event_stream.ts";
import type { RunEvent } from "../../src/events/run_event.ts";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import { EventSequencer } from "../../src/run/event_sequencer.ts";
import type { TaskId } from "../../src/task/task.ts";
import { graphOf } from "../support/graphs.ts";

Deno.test("EventSequencer emits a task's end after its messages when the lane has lost many threads", () => {
  const step = 1 << 24; // offset between the message counts of consecutive threads of a lane
  for (const losses of [0, 1, 127, 128, 255, 256, 300]) {
    const plan = Plan.create(graphOf({ a: [] }), { lanes: 1, skipDependents: true }, 1);
    const events: RunEvent[] = [];
    const stream = new EventStream([{ report: (event) => void events.push(event) }]);
    const sequencer = new EventSequencer(stream, plan.log, 1, () => 0, () => 0);
    for (let lost = 1; lost <= losses; lost++) {
      sequencer.replaceThread(0, lost * step);
      sequencer.flush();
    }
    plan.open(0);
    const task = plan.take(0, 0) as TaskId;
    plan.settle(0, task, TaskState.FAILED, 0, losses * step + 1);
    sequencer.flush();
    assertEquals(events.at(-1)?.type, "task-started", `${losses} lost`);
    const error = { type: "TypeError", message: "the reason" };
    sequencer.receive(0, { type: "failed", task, error, after: 2 });
    assertEquals(events.slice(-1).map((it) => it.type === "task-finished" && it.outcome), [
      { status: "failed", error },
    ]);
  }
});

Deno.test("EventSequencer.setCancelReason() keeps the first of two reasons", () => {
  const reasons = (...causes: ("deadline" | "interrupted" | "a failure")[]) => {
    const options = { lanes: 1, skipDependents: true, failLimit: 1 };
    const plan = Plan.create(graphOf({ a: [], b: [] }), options, 1);
    const events: RunEvent[] = [];
    const stream = new EventStream([{ report: (event) => void events.push(event) }]);
    const sequencer = new EventSequencer(stream, plan.log, 1, () => 0, () => 0);
    plan.open(0);
    const task = plan.take(0, 0) as TaskId;
    for (const cause of causes) {
      if (cause === "a failure") plan.settle(0, task, TaskState.FAILED, 0);
      else {
        sequencer.setCancelReason(cause);
        plan.cancel(0);
      }
    }
    sequencer.flush();
    sequencer.emitMissedDeadline(0); // the cancellation was emitted already
    return events.flatMap((it) =>
      it.type === "run-cancelled"
        ? [it.reason]
        : it.type === "task-finished" && it.outcome.status === "cancelled"
        ? [it.outcome.reason]
        : []
    );
  };
  assertEquals(reasons("interrupted", "deadline"), ["interrupted", "interrupted"]);
  assertEquals(reasons("deadline", "a failure"), ["deadline", "deadline"]);
  assertEquals(reasons("a failure", "interrupted"), ["fail-fast", "fail-fast"]);
});

Deno.test("EventSequencer emits a late message with its own time, and keeps the times of later events", () => {
  const plan = Plan.create(graphOf({ a: [] }), { lanes: 1, skipDependents: true }, 1);
  const events: RunEvent[] = [];
  const stream = new EventStream([{ report: (event) => void events.push(event) }]);
  const sequencer = new EventSequencer(stream, plan.log, 1, () => 500, () => 0);
  plan.open(0);
  const task = plan.take(0, 10) as TaskId;
  plan.settle(0, task, TaskState.PASSED, 60, 2);
  const output = { type: "output", task, channel: "stdout", level: "info" } as const;
  sequencer.receive(0, { ...output, text: "one", after: 2, atMs: 20 });
  sequencer.receive(0, { ...output, text: "two", after: 2, atMs: 30 });
  assertEquals(events.map(({ elapsedMs }) => elapsedMs), [0, 10, 20, 30, 60]);
});
