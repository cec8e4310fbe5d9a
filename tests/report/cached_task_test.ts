/** Tests of the reporters with a task that was restored from the cache. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { TextSink } from "../../src/base/write_all.ts";
import type { Reporter } from "../../src/events/reporter.ts";
import { RunModel } from "../../src/gui/page/model/run_model.ts";
import { GithubReporter } from "../../src/report/formats/github_reporter.ts";
import { JunitReporter } from "../../src/report/formats/junit_reporter.ts";
import { TapReporter } from "../../src/report/formats/tap_reporter.ts";
import { HtmlReporter } from "../../src/report/html/html_reporter.ts";
import { plainStyle } from "../../src/report/style.ts";
import { DotReporter } from "../../src/report/text/dot_reporter.ts";
import { LineReporter } from "../../src/report/text/line_reporter.ts";
import { recap } from "../../src/report/text/recap.ts";
import type { TaskId } from "../../src/task/task.ts";
import { assertJunit } from "../support/junit_schema.ts";
import { reported } from "../support/report_of.ts";
import { sampleEvents, type TimedFact } from "../support/sample_run.ts";
import { viewOf } from "../support/view_of.ts";

const [build, test] = [0, 1] as TaskId[];
const FACTS: readonly TimedFact[] = [
  [0, {
    type: "run-started",
    tasks: [{ name: "build", after: [], tags: [] }, { name: "test", after: [build!], tags: [] }],
    ...{ workers: 1, startedAt: "2026-12-02T10:00:00.000Z", mocked: [] },
  }],
  [0, { type: "task-queued", task: build! }],
  [1, { type: "task-started", task: build!, worker: 0, attempt: 1 }],
  [2, {
    ...{ type: "task-finished", task: build!, worker: 0, cached: true },
    outcome: { status: "passed" },
  }],
  [2, { type: "task-queued", task: test! }],
  [3, { type: "task-started", task: test!, worker: 0, attempt: 1 }],
  [4, { type: "task-finished", task: test!, worker: 0, outcome: { status: "passed" } }],
  [5, { type: "run-finished", finishedAt: "2026-12-02T10:00:01.000Z" }],
];
const printing = (out: TextSink) => ({
  write: (text: string) => out.write(text),
  line: (text: string) => out.write(`${text}\n`),
  stdout: (text: string) => out.write(`${text}\n`),
  ...{ verbose: false, mode: "live", isBrief: false, highlight: (text: string) => text } as const,
  ...{ style: plainStyle, now: () => new Date(0) },
});

/** The texts of each format about the cached task, and about the other one. */
const FORMATS: Record<string, [create: (out: TextSink) => Reporter, texts: string[]]> = {
  lines: [(out) => new LineReporter(printing(out)), ["CACHED [ 50% ]", "PASSED [100% ]"]],
  dot: [(out) => new DotReporter(printing(out)), ["=.\n"]],
  github: [
    (out) => new GithubReporter({ ...printing(out), workspace: "/project" }),
    ["build CACHED", "test PASSED"],
  ],
  tap: [(out) => new TapReporter(out), ["ok 1 - build", "  cached: true\n", "ok 2 - test"]],
  junit: [
    (out) => new JunitReporter(out, { module: "m.ts" }),
    ['<property name="cached" value="build"/>'],
  ],
  html: [
    (out) => new HtmlReporter(out, { module: "m.ts" }),
    ["<b>1</b> cached", '["build",5,', '["test",6,'],
  ],
};

for (const [name, [create, texts]] of Object.entries(FORMATS)) {
  Deno.test(`the ${name} format marks a task that was restored from the cache`, async () => {
    const written = reported(create, FACTS);
    for (const text of texts) assertStringIncludes(written, text);
    assertEquals(written.match(/cached: true/g)?.length ?? 0, name === "tap" ? 1 : 0);
    if (name === "junit") await assertJunit(written);
  });
}

Deno.test("recap() names the tasks that were restored from the cache", () => {
  assertEquals(recap(viewOf(sampleEvents(FACTS)), plainStyle), ["Cached: build", ""]);
});

Deno.test("the page shows the status of a task that was restored from the cache", () => {
  const model = new RunModel();
  for (const event of sampleEvents(FACTS)) model.apply(event);
  assertEquals(model.statuses, ["cached", "passed"]);
});
