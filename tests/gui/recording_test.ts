/** Recordings, as they are written and as nobody writes them. */
import { assertEquals, assertThrows } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { readRecording } from "../../src/gui/page/client/recording.ts";
import { JsonReporter } from "../../src/report/formats/json_reporter.ts";
import { reported } from "../support/report_of.ts";
import { sampleEvents } from "../support/sample_run.ts";

function refused(recording: string, why: string): void {
  assertThrows(() => readRecording(recording), Error, `Cannot replay this file: ${why}`);
}

Deno.test("readRecording: as far as it goes; of another schema, or of something else, it is refused", () => {
  const text = reported((out) => new JsonReporter(out));
  const lines = text.split(/(?<=\n)/);
  const all = readRecording(text).length;
  assertEquals(all, lines.length);
  assertEquals(readRecording(text.slice(0, -5)).length, all - 1);
  refused(`${lines[0]}half of a line\n${lines[1]}`, "line 2 is no event of a run");
  refused("no recording", "line 1 is no event of a run");
  refused(text.replace('"schema":1', '"schema":2'), "its events are of schema 2, not 1");
  refused("", "it is empty");
});

const START = {
  ...{ schema: 1, type: "run-started", workers: 1, startedAt: "2026-11-26T01:59:51.368Z" },
  ...{ mocked: [], seq: 0, elapsedMs: 0 },
  tasks: [{ name: "a", after: [], tags: [] }, { name: "b", after: [0], tags: [] }],
};
const linesOf = (...events: object[]) => events.map((it) => `${JSON.stringify(it)}\n`).join("");

Deno.test("readRecording: what it does not know is left alone", () => {
  const known = sampleEvents();
  const strange = known.flatMap((event) => [
    { ...event, seq: 2 * event.seq, more: { of: "it" } },
    { type: "something-new", seq: 2 * event.seq + 1, task: 999 },
  ]);
  const [first, ...rest] = strange;
  const read = readRecording(linesOf({ schema: 1, ...first }, ...rest));
  assertEquals(read.map(({ type }) => type), known.map(({ type }) => type));
});

Deno.test("readRecording: a beginning that is none is refused, and says what is wrong", () => {
  const { tasks: _, ...without } = START;
  const task = (after: unknown) => ({ ...START, tasks: [{ name: "a", after, tags: [] }] });
  for (
    const [start, flaw] of [
      [without, "tasks is no list"],
      [{ ...START, tasks: [{ name: 1 }] }, "tasks[0].name is no string"],
      [{ ...START, workers: "2" }, 'workers is "2", which is no number of a thread'],
      [{ ...START, mocked: undefined }, "mocked is no list"],
      [{ ...START, elapsedMs: null }, "elapsedMs is no number"],
      [task([1]), "tasks[0].after[0] is 1, which is no task of the run"],
      [task([-1]), "tasks[0].after[0] is -1, which is no task of the run"],
      [task(["a"]), 'tasks[0].after[0] is "a", which is no task of the run'],
      [task([0]), "its tasks wait for each other"],
    ] as const
  ) refused(linesOf(start), `line 1 is no event of a run: ${flaw}`);
});

Deno.test("readRecording: an event that is none is refused, and says what is wrong", () => {
  const stamp = { seq: 1, elapsedMs: 1 };
  const finished = { type: "task-finished", task: 0, worker: 0, ...stamp };
  for (
    const [event, flaw] of [
      [{ type: "task-queued", task: 2, ...stamp }, "task is 2, which is no task of the run"],
      [{ type: "task-started", task: 0, attempt: 1, ...stamp }, "worker is undefined, which is no"],
      [{ type: "task-queued", task: 0, seq: 1 }, "elapsedMs is no number"],
      [finished, "outcome is no outcome"],
      [{ ...finished, outcome: { status: "failed" } }, "outcome.error is no object"],
      [{ ...finished, outcome: { status: "skipped", via: 7, cause: null } }, "outcome.via is 7"],
      [{ type: "stray-error", worker: 0, suspects: [3], ...stamp }, "suspects[0] is 3"],
      [{ ...START, ...stamp }, "it begins another run"],
    ] as const
  ) refused(linesOf(START, event), `line 2 is no event of a run: ${flaw}`);
});

Deno.test("readRecording: all that is written is read", () => {
  const events: readonly RunEvent[] = sampleEvents();
  const [first, ...rest] = events;
  assertEquals(readRecording(linesOf({ schema: 1, ...first }, ...rest)).length, events.length);
});
