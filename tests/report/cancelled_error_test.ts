/** Tests of the reporters with a task that threw after its attempt was aborted. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TextSink } from "../../src/base/write_all.ts";
import { validateEvent } from "../../src/events/validate_event.ts";
import { outcomeNote } from "../../src/gui/page/model/status_text.ts";
import { GithubReporter } from "../../src/report/formats/github_reporter.ts";
import { HtmlReporter } from "../../src/report/html/html_reporter.ts";
import { JsonReporter } from "../../src/report/formats/json_reporter.ts";
import { JunitReporter } from "../../src/report/formats/junit_reporter.ts";
import { LineReporter } from "../../src/report/text/line_reporter.ts";
import { TaskLogFilesReporter } from "../../src/report/text/task_log_files_reporter.ts";
import { recap } from "../../src/report/text/recap.ts";
import { plainStyle } from "../../src/report/style.ts";
import { TapReporter } from "../../src/report/formats/tap_reporter.ts";
import { TraceReporter } from "../../src/report/formats/trace_reporter.ts";
import type { TaskId } from "../../src/task/task.ts";
import { assertJunit } from "../support/junit_schema.ts";
import { reported } from "../support/report_of.ts";
import { sampleEvents, type TimedFact } from "../support/sample_run.ts";
import { viewOf } from "../support/view_of.ts";

const task = 0 as TaskId;
const ERROR = {
  type: "BuildError",
  message: "vite exited with 130",
  stack: "BuildError: vite exited with 130\n    at build (file:///project/build.ts:3:9)",
};
const FACTS: readonly TimedFact[] = [
  [0, {
    type: "run-started",
    tasks: [{ name: "build", after: [], tags: [] }],
    ...{ workers: 1, startedAt: "2026-12-02T10:00:00.000Z", mocked: [] },
  }],
  [0, { type: "task-queued", task }],
  [1, { type: "task-started", task, worker: 0, attempt: 1 }],
  [2, { type: "task-output", task, worker: 0, channel: "stdout", level: "info", text: "built 3" }],
  [3, { type: "run-cancelled", reason: "interrupted" }],
  [4, {
    ...{ type: "task-finished", task, worker: 0 },
    outcome: { status: "cancelled", reason: "interrupted", error: ERROR },
  }],
  [5, { type: "run-finished", finishedAt: "2026-12-02T10:00:01.000Z" }],
];
const LINE = "BuildError: vite exited with 130";
const lines = (isBrief: boolean) =>
  reported((out: TextSink) =>
    new LineReporter({
      line: (text) => out.write(`${text}\n`),
      stdout: (text) => out.write(`${text}\n`),
      ...{ verbose: false, mode: "live", isBrief, highlight: (text) => text },
      ...{ style: plainStyle, now: () => new Date(0) },
    }), FACTS);

Deno.test("recap() shows the error of a cancelled task when it threw", () => {
  assertEquals(recap(viewOf(sampleEvents(FACTS)), plainStyle), [
    "Cancelled, since the run was interrupted:",
    `  build: ended when the run was cancelled, with ${LINE}`,
    "    at build (/project/build.ts:3:9)",
    "",
  ]);
});

Deno.test("LineReporter shows the error of a cancelled task when it threw", () => {
  assertStringIncludes(lines(false), `[thread_0] build: ${LINE}\n`);
  assertMatch(lines(false), /\[thread_0\] build \.+ CANCELLED \[100% \]/);
  assertStringIncludes(lines(true), `[thread_0] build CANCELLED: ${LINE}\n`);
});

Deno.test("TaskLogFilesReporter shows the error of a cancelled task when it threw", () => {
  const texts: string[] = [];
  const open = () => ({ write: (text: string) => void texts.push(text), close() {} });
  const reporter = new TaskLogFilesReporter("log", open, () => new Date(0));
  for (const event of sampleEvents(FACTS)) reporter.report(event);
  assertStringIncludes(texts.join(""), `CANCELLED: the run was interrupted: ${LINE}\n`);
});

Deno.test("JunitReporter shows the error of a cancelled task when it threw", () => {
  const xml = reported((out) => new JunitReporter(out, { module: "m" }), FACTS);
  assertJunit(xml);
  assertStringIncludes(xml, `<skipped>the run was interrupted\n${LINE}\n`);
});

Deno.test("JsonReporter shows the error of a cancelled task when it threw", () => {
  const text = reported((out) => new JsonReporter(out), FACTS);
  assertStringIncludes(text, `"reason":"interrupted","error":{"type":"BuildError"`);
});

Deno.test("TapReporter shows the error of a cancelled task when it threw", () => {
  const text = reported((out) => new TapReporter(out), FACTS);
  const point = "ok 1 - build # SKIP the run was interrupted\n  ---\n  type: BuildError\n";
  assertStringIncludes(text, point);
});

Deno.test("GithubReporter shows the error of a cancelled task when it threw", () => {
  let summary = "";
  const text = reported((out) =>
    new GithubReporter({
      ...{ line: (line) => out.write(`${line}\n`), workspace: "/project", token: () => "token" },
      summary: (markdown) => void (summary += markdown),
    }), FACTS);
  const place = "file=build.ts,line=3,col=9,title=build was cancelled";
  assertStringIncludes(text, `::warning ${place}::${LINE}`);
  assertStringIncludes(summary, `the run was interrupted: ${LINE}`);
});

Deno.test("HtmlReporter shows the error of a cancelled task when it threw, with its output", () => {
  const page = reported((out) => new HtmlReporter(out, { module: "m" }), FACTS);
  const section = page.slice(page.indexOf('<h2 id="cancelled">Cancelled, with an error'));
  assertStringIncludes(section, "<b>BuildError</b> vite exited with 130");
  assertStringIncludes(section, "<pre>built 3</pre>");
});

Deno.test("TraceReporter shows the error of a cancelled task when it threw", () => {
  const text = reported((out) => new TraceReporter(out), FACTS);
  assertStringIncludes(text, `"outcome":"cancelled","error":"${LINE}"`);
});

Deno.test("outcomeNote() shows the error of a cancelled task when it threw", () => {
  const view = viewOf(sampleEvents(FACTS));
  assertEquals(outcomeNote(view.outcomes[0], view), `the run was interrupted: ${LINE}`);
});

Deno.test("validateEvent() rejects a cancelled outcome when its error is not an object", () => {
  const outcome = { status: "cancelled", reason: "interrupted", error: 1 };
  const event = { type: "task-finished", task, worker: 0, outcome, elapsedMs: 1 };
  assertEquals(validateEvent(event, 1), "expected an object at outcome.error");
  assertEquals(validateEvent({ ...event, outcome: { ...outcome, error: ERROR } }, 1), undefined);
});
