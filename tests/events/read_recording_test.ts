/** Valid and invalid recordings. */
import { assertEquals, assertThrows } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { readRecording } from "../../src/events/read_recording.ts";
import { JsonReporter } from "../../src/report/formats/json_reporter.ts";
import { reported } from "../support/report_of.ts";
import { sampleEvents } from "../support/sample_run.ts";

function refused(recording: string, why: string): void {
  assertThrows(() => readRecording(recording), Error, `Cannot replay this file: ${why}`);
}

Deno.test("readRecording() reads an incomplete recording, and rejects other schemas and files", () => {
  const text = reported((out) => new JsonReporter(out));
  const lines = text.split(/(?<=\n)/);
  const all = readRecording(text).length;
  assertEquals(all, lines.length);
  assertEquals(readRecording(text.slice(0, -5)).length, all - 1);
  refused(`${lines[0]}half of a line\n${lines[1]}`, "line 2 is not an event of a run");
  refused("no recording", "line 1 is not an event of a run");
  refused(text.replace('"schema":1', '"schema":2'), "expected schema 1, got 2");
  refused("", "the file is empty");
});

const START = {
  ...{ schema: 1, type: "run-started", workers: 1, startedAt: "2026-11-26T01:59:51.368Z" },
  ...{ mocked: [], seq: 0, elapsedMs: 0 },
  tasks: [{ name: "a", after: [], tags: [] }, { name: "b", after: [0], tags: [] }],
};
const linesOf = (...events: object[]) => events.map((it) => `${JSON.stringify(it)}\n`).join("");

Deno.test("readRecording() skips unknown events and properties", () => {
  const known = sampleEvents();
  const strange = known.flatMap((event) => [
    { ...event, seq: 2 * event.seq, more: { of: "it" } },
    { type: "something-new", seq: 2 * event.seq + 1, task: 999 },
  ]);
  const [first, ...rest] = strange;
  const read = readRecording(linesOf({ schema: 1, ...first }, ...rest));
  assertEquals(read.map(({ type }) => type), known.map(({ type }) => type));
});

Deno.test("readRecording() rejects an invalid first event with the reason", () => {
  const { tasks: _, ...without } = START;
  const task = (after: unknown) => ({ ...START, tasks: [{ name: "a", after, tags: [] }] });
  for (
    const [start, flaw] of [
      [without, "expected an array at tasks"],
      [{ ...START, tasks: [{ name: 1 }] }, "expected a string at tasks[0].name"],
      [{ ...START, workers: "2" }, 'expected the number of a thread at workers, got "2"'],
      [{ ...START, mocked: undefined }, "expected an array at mocked"],
      [{ ...START, elapsedMs: null }, "expected a number at elapsedMs"],
      [task([1]), "expected the index of a task at tasks[0].after[0], got 1"],
      [task([-1]), "expected the index of a task at tasks[0].after[0], got -1"],
      [task(["a"]), 'expected the index of a task at tasks[0].after[0], got "a"'],
      [task([0]), "the tasks depend on each other"],
    ] as const
  ) refused(linesOf(start), `line 1 is not a valid event: ${flaw}`);
});

Deno.test("readRecording() rejects an invalid event with the reason", () => {
  const stamp = { seq: 1, elapsedMs: 1 };
  const finished = { type: "task-finished", task: 0, worker: 0, ...stamp };
  for (
    const [event, flaw] of [
      [{ type: "task-queued", task: 2, ...stamp }, "expected the index of a task at task, got 2"],
      [
        { type: "task-started", task: 0, attempt: 1, ...stamp },
        "expected the number of a thread at worker",
      ],
      [{ type: "task-queued", task: 0, seq: 1 }, "expected a number at elapsedMs"],
      [finished, "expected an outcome at outcome"],
      [{ ...finished, outcome: { status: "failed" } }, "expected an object at outcome.error"],
      [
        { ...finished, outcome: { status: "skipped", via: 7, cause: null } },
        "expected the index of a task at outcome.via",
      ],
      [
        { type: "stray-error", worker: 0, suspects: [3], ...stamp },
        "expected the index of a task at suspects[0]",
      ],
      [{ ...START, ...stamp }, "another run starts here"],
    ] as const
  ) refused(linesOf(START, event), `line 2 is not a valid event: ${flaw}`);
});

Deno.test("readRecording() reads every event of a run", () => {
  const events: readonly RunEvent[] = sampleEvents();
  const [first, ...rest] = events;
  assertEquals(readRecording(linesOf({ schema: 1, ...first }, ...rest)).length, events.length);
});
