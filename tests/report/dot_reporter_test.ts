import { assertEquals } from "@std/assert";
import type { TextSink } from "../../src/base/write_all.ts";
import type { RunFact } from "../../src/events/run_event.ts";
import { DotReporter } from "../../src/report/text/dot_reporter.ts";
import type { OutputOptions } from "../../src/report/text/task_output_reporter.ts";
import { colorStyle, plainStyle } from "../../src/report/style.ts";
import type { TaskId } from "../../src/task/task.ts";
import { assertGolden } from "../support/golden.ts";
import { reported } from "../support/report_of.ts";
import {
  CANCELLED_FACTS,
  PASSING_FACTS,
  SAMPLE_FACTS,
  type TimedFact,
} from "../support/sample_run.ts";

const dots = (
  facts: readonly TimedFact[],
  { style = plainStyle, mode = "live", columns }: Partial<
    Pick<OutputOptions, "style" | "mode" | "columns">
  > = {},
) =>
  reported((out: TextSink) => {
    const line = (text: string) => out.write(`${text}\n`);
    const format = {
      verbose: false,
      now: () => new Date(2026, 0),
      style: plainStyle,
      highlight: String,
    };
    const write = (text: string) => out.write(text);
    return new DotReporter({ ...format, write, line, stdout: line, mode, style, columns });
  }, facts);

const silent = (facts: readonly TimedFact[]) =>
  facts.filter(([, { type }]) => type !== "task-output");

Deno.test("DotReporter writes a sign for each task in the order of completion", () => {
  assertEquals(dots(silent(SAMPLE_FACTS)), "..FssR\n");
  assertEquals(dots(silent(CANCELLED_FACTS)), ".ccccc\n");
  assertEquals(dots(PASSING_FACTS), ".\n");
});

Deno.test("DotReporter wraps rows at the width of the terminal, at most 80 columns", () => {
  const tasks = Array.from({ length: 100 }, (_, i) => ({ name: `t${i}`, after: [], tags: [] }));
  const passed = { status: "passed" } as const;
  const facts: TimedFact[] = [
    [0, {
      ...{ type: "run-started", tasks, workers: 1, mocked: [] },
      startedAt: "2026-11-23T20:56:47.573Z",
    }],
    ...tasks.flatMap((_, task): TimedFact[] => [
      [0, { type: "task-queued", task: task as TaskId }],
      [0, { type: "task-started", task: task as TaskId, worker: 0, attempt: 1 }],
      [0, { type: "task-finished", task: task as TaskId, worker: 0, outcome: passed }],
    ]),
    [1, { type: "run-finished", finishedAt: "2026-11-23T20:56:48Z" }],
  ];
  const lengths = (columns: number | undefined) =>
    dots(facts, { columns: () => columns }).split("\n").map((row) => row.length);
  assertEquals(lengths(30), [30, 30, 30, 10, 0]);
  assertEquals(lengths(300), [80, 20, 0]);
  assertEquals(lengths(undefined), [80, 20, 0]);
});

Deno.test("DotReporter writes output on separate lines", () => {
  assertGolden("reports/sample.dots.txt", dots(SAMPLE_FACTS).toWellFormed());
});

Deno.test("DotReporter writes output according to the output mode", () => {
  assertEquals(dots(SAMPLE_FACTS, { mode: "none" }).replace("from a timer\n", ""), "..FssR\n");
  assertGolden("reports/sample.dots-failed.txt", dots(SAMPLE_FACTS, { mode: "failed" }));
});

Deno.test("DotReporter colors the signs when the style has colors", () => {
  const green = (text: string) => `\x1b[32m${text}\x1b[39m`;
  assertEquals(dots(PASSING_FACTS, { style: colorStyle() }), `${green(".")}\n`);
});

Deno.test("DotReporter wraps rows after 80 signs when the width is unknown", () => {
  const finish = (task: number): RunFact => ({
    type: "task-finished",
    task: task as TaskId,
    worker: 0,
    outcome: { status: "passed" },
  });
  const run = (count: number): TimedFact[] => [
    PASSING_FACTS[0]!,
    ...Array.from({ length: count }, (_, task): TimedFact => [1, finish(task)]),
    PASSING_FACTS.at(-1)!,
  ];
  const row = ".".repeat(80);
  assertEquals(dots(run(79)), `${".".repeat(79)}\n`);
  assertEquals(dots(run(80)), `${row}\n`);
  assertEquals(dots(run(161)), `${row}\n${row}\n.\n`);
});
