/** Tests that reporters label the output of hooks. */
import { assertStringIncludes } from "@std/assert";
import type { TextSink } from "../../src/base/write_all.ts";
import type { Reporter } from "../../src/events/reporter.ts";
import { GithubReporter } from "../../src/report/formats/github_reporter.ts";
import { JunitReporter } from "../../src/report/formats/junit_reporter.ts";
import { TapReporter } from "../../src/report/formats/tap_reporter.ts";
import { FOLDER, reported } from "../support/report_of.ts";
import { PASSING_FACTS, type TimedFact } from "../support/sample_run.ts";

const hook = { type: "task-output", task: null, hook: "setupWorker", worker: 0 } as const;
const printed: TimedFact = [0, { ...hook, channel: "stdout", level: "info", text: "hi" }];
const logged: TimedFact = [0, { ...hook, channel: "log", level: "warn", text: "slow" }];
const [start, ...rest] = PASSING_FACTS;
const FACTS: readonly TimedFact[] = [start!, printed, logged, ...rest];

const MAKERS: Record<string, (out: TextSink) => Reporter> = {
  GithubReporter: (out) =>
    new GithubReporter({ line: (text) => out.write(`${text}\n`), workspace: FOLDER }),
  JunitReporter: (out) => new JunitReporter(out, { module: "deploy", folder: FOLDER }),
  TapReporter: (out) => new TapReporter(out, FOLDER),
};
for (const [name, make] of Object.entries(MAKERS)) {
  Deno.test(`${name} labels output with the name of the hook`, () => {
    const text = reported(make, FACTS);
    assertStringIncludes(text, "setupWorker: hi\n");
    assertStringIncludes(text, "WARN  setupWorker: slow\n");
  });
}
