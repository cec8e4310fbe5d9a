/** Tests of the reporters with late output: output that follows the end of its task. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { TextSink } from "../../src/base/write_all.ts";
import type { Reporter } from "../../src/events/reporter.ts";
import { GithubReporter } from "../../src/report/formats/github_reporter.ts";
import { bufferOutput } from "../../src/report/text/buffer_output.ts";
import { HtmlReporter } from "../../src/report/html/html_reporter.ts";
import { JunitReporter } from "../../src/report/formats/junit_reporter.ts";
import { LineReporter } from "../../src/report/text/line_reporter.ts";
import type { OutputMode } from "../../src/report/text/task_output_reporter.ts";
import { plainStyle } from "../../src/report/style.ts";
import { TapReporter } from "../../src/report/formats/tap_reporter.ts";
import type { TaskId } from "../../src/task/task.ts";
import { RunModel } from "../../src/gui/page/model/run_model.ts";
import { elementsOf, parseXml } from "../support/junit_schema.ts";
import { deliverTo, reported } from "../support/report_of.ts";
import { sampleEvents, type TimedFact } from "../support/sample_run.ts";

const [BAD, NEXT, SVC] = [0, 1, 2] as TaskId[];
const output = (task: TaskId, text: string): TimedFact => [
  2,
  { type: "task-output", task, worker: 0, channel: "stdout", level: "info", text },
];
const ran = (task: TaskId, outcome: "passed" | "failed"): TimedFact[] => [
  [1, { type: "task-queued", task }],
  [1, { type: "task-started", task, worker: 0, attempt: 1 }],
  output(task, `in time of ${task}`),
  [3, {
    ...{ type: "task-finished", task, worker: 0 },
    outcome: outcome === "passed"
      ? { status: "passed" }
      : { status: "failed", error: { type: "Error", message: "no" } },
  }],
];

/** `svc` passed and `bad` failed: each prints while `next` runs, and again when no task runs. */
const FACTS: readonly TimedFact[] = [
  [0, {
    type: "run-started",
    tasks: ["bad", "next", "svc"].map((name) => ({ name, after: [], tags: [] })),
    ...{ workers: 1, startedAt: "2026-12-02T10:00:00.000Z", mocked: [] },
  }],
  ...ran(SVC!, "passed"),
  ...ran(BAD!, "failed"),
  ...ran(NEXT!, "passed").slice(0, 3),
  output(SVC!, "late of svc"),
  output(BAD!, "late of bad"),
  ...ran(NEXT!, "passed").slice(3),
  output(SVC!, "last of svc"),
  [4, { type: "run-finished", finishedAt: "2026-12-02T10:00:01.000Z" }],
];

const lateLines = (text: string) => text.split("\n").filter((it) => /late|last/.test(it));

function linesReporter(mode: OutputMode) {
  return (out: TextSink) =>
    new LineReporter({
      line: (text) => out.write(`${text}\n`),
      stdout: (text) => out.write(`${text}\n`),
      ...{ verbose: false, mode, isBrief: false },
      ...{ highlight: (text: string) => text, style: plainStyle, now: () => new Date(0) },
    });
}

for (const mode of ["live", "grouped", "failed", "none"] as const) {
  Deno.test(`LineReporter names the task of late output when output is shown as ${mode}`, () => {
    const [svc, bad, last] = ["svc: late of svc", "bad: late of bad", "svc: last of svc"]
      .map((it) => `[thread_0] ${it}`);
    const shown = { live: [svc, bad, last], grouped: [svc, bad, last], failed: [bad], none: [] };
    const text = reported(linesReporter(mode), FACTS);
    assertEquals(lateLines(text), shown[mode]);
    if (mode !== "grouped") return;
    const before = text.slice(0, text.indexOf("late of svc"));
    assertEquals(before.includes("in time of 1"), false, "late output waits for no other task");
  });

  Deno.test(`bufferOutput() forwards late output at once when output is shown as ${mode}`, () => {
    const texts: string[] = [];
    const reporter: Reporter = {
      report: (event) => void (event.type === "task-output" && texts.push(event.text)),
    };
    const held = bufferOutput(mode, reporter);
    deliverTo(held, sampleEvents(FACTS));
    const [svc, bad, last] = ["late of svc", "late of bad", "last of svc"];
    const shown = { live: [svc, bad, last], grouped: [svc, bad, last], failed: [bad], none: [] };
    assertEquals(lateLines(texts.join("\n")), shown[mode]);
  });
}

Deno.test("JunitReporter appends late output to the output of its task", () => {
  const xml = reported((out) => new JunitReporter(out, { module: "m" }), FACTS);
  const printed = elementsOf(parseXml(xml), "testcase").map((it) =>
    [it.attributes.name, ...elementsOf(it, "system-out").map(({ text }) => text.trim())].join(": ")
  );
  assertEquals(printed, [
    "svc: in time of 2\nlate of svc\nlast of svc",
    "bad: in time of 0\nlate of bad",
    "next: in time of 1",
  ]);
});

Deno.test("GithubReporter writes late output as a group when the run has finished", () => {
  const text = reported((out) =>
    new GithubReporter({
      ...{ line: (line) => out.write(`${line}\n`), workspace: "/", token: () => "token" },
    }), FACTS);
  const end = text.slice(text.indexOf("::group::svc, after its end"));
  assertEquals(end.split("\n").filter((it) => !/stop-commands|token/.test(it)), [
    ...["::group::svc, after its end", "late of svc", "last of svc", "::endgroup::"],
    ...["::group::bad, after its end", "late of bad", "::endgroup::", ""],
  ]);
});

Deno.test("HtmlReporter shows late output of a failed task when the task has finished", () => {
  const page = reported((out) => new HtmlReporter(out, { module: "m" }), FACTS);
  assertStringIncludes(page, "<pre>in time of 0\nlate of bad</pre>");
});

Deno.test("TapReporter names the task of late output", () => {
  const text = reported((out) => new TapReporter(out), FACTS);
  assertEquals(lateLines(text), [
    "# [thread_0] svc: late of svc",
    "# [thread_0] bad: late of bad",
    "# [thread_0] svc: last of svc",
  ]);
});

Deno.test("RunModel.apply() adds late output to the output of its task", () => {
  const model = new RunModel();
  for (const event of sampleEvents(FACTS)) model.apply(event);
  const texts = model.output.get(SVC!)?.lines.map(({ text }) => text);
  assertEquals(texts, ["in time of 2", "late of svc", "last of svc"]);
});
