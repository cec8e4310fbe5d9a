import { assert, assertEquals } from "@std/assert";
import { Parser, type Result } from "tap-parser";
import type { TextSink } from "../../src/base/write_all.ts";
import type { TaskId } from "../../src/task/task.ts";
import { TapReporter } from "../../src/report/formats/tap_reporter.ts";
import { assertGolden } from "../support/golden.ts";
import { FOLDER, reported } from "../support/report_of.ts";
import {
  CANCELLED_FACTS,
  PASSING_FACTS,
  SAMPLE_FACTS,
  SAMPLE_GRAPH,
  type TimedFact,
} from "../support/sample_run.ts";

const make = (out: TextSink) => new TapReporter(out, FOLDER);
const tap = (facts: readonly TimedFact[]) => reported(make, facts);

/** The report as a TAP harness parses it. */
function parse(text: string) {
  const points: Result[] = [];
  const extra: string[] = [];
  const parser = new Parser({ strict: true });
  parser.on("assert", (result: Result) => points.push(result));
  parser.on("extra", (line: string) => extra.push(line));
  parser.on("child", () => extra.push("a test within a test"));
  parser.end(text);
  const { ok, count, pass, skip, bailout } = parser.results!;
  return { ok, count, pass, skip, bailout, points, extra };
}

Deno.test("TapReporter matches the golden output for the sample runs", () => {
  assertGolden("reports/sample.tap", tap(SAMPLE_FACTS));
  assertGolden("reports/cancelled.tap", tap(CANCELLED_FACTS));
});

Deno.test("TapReporter writes results that a TAP parser counts, and no unknown lines", () => {
  const { points, extra, ...counts } = parse(tap(SAMPLE_FACTS));
  assertEquals(extra, []);
  assertEquals([counts.ok, counts.count, counts.pass, counts.skip], [false, 7, 5, 2]);
  const failed = points.filter(({ ok }) => !ok).map(({ name }) => name);
  assertEquals(failed, ["deploy", "(stray error on thread_0)"]);
  const skipped = points.filter(({ skip }) => skip).map(({ name, skip }) => [name, skip]);
  assertEquals(skipped, [["notify", "deploy failed"], [
    "publish",
    "deploy failed (through notify)",
  ]]);
});

Deno.test("TapReporter writes task names that a TAP parser reads unchanged", () => {
  const names = parse(tap(SAMPLE_FACTS)).points.map(({ name }) => name);
  const tasks = SAMPLE_GRAPH.tasks.map(({ name }) => name);
  assertEquals(names.filter((name) => !name.startsWith("(")).sort(), tasks.sort());
});

Deno.test("TapReporter writes the error of a failed task as YAML", () => {
  const { points } = parse(tap(SAMPLE_FACTS));
  const { diag, time } = points.find(({ name }) => name === "deploy")!;
  assertEquals(Object.keys(diag), ["type", "message", "details"]);
  assertEquals([time, diag.type], [1200, "DeployError"]);
  assert(diag.message.includes("\nthe third was not asked ]]> <b>&amp;</b> ::error::no command"));
  assert(diag.details.includes("caused by TypeError: invalid key\n"));
  const flaky = points.find(({ name }) => name === "double")!;
  assertEquals([flaky.ok, flaky.diag.attempts], [true, 2]);
});

Deno.test("TapReporter omits the details when an error has only a type and a message", () => {
  const outcome = { status: "failed", error: { type: "Error", message: "no" } } as const;
  const facts = PASSING_FACTS.map(([ms, fact]): TimedFact => [
    ms,
    fact.type === "task-finished" ? { ...fact, outcome } : fact,
  ]);
  assertEquals(parse(tap(facts)).points[0]!.diag, { type: "Error", message: "no" });
});

Deno.test("TapReporter removes colors from the message of an error", () => {
  const error = { type: "AssertionError", message: "not equal\n\x1b[31m- 1\x1b[39m" };
  const facts = PASSING_FACTS.map(([ms, fact]): TimedFact =>
    fact.type === "task-finished"
      ? [ms, { ...fact, outcome: { status: "failed", error } }]
      : [ms, fact]
  );
  assertEquals(parse(tap(facts)).points[0]!.diag.message, "not equal\n- 1");
});

Deno.test("TapReporter reports a run as failed when it is incomplete or cancelled", () => {
  const text = tap(PASSING_FACTS);
  assertEquals(parse(text).ok, true);
  assertEquals(parse(text.slice(0, text.lastIndexOf("1.."))).ok, false);
  const { ok, bailout } = parse(tap(CANCELLED_FACTS));
  assertEquals([ok, bailout], [false, "the run was interrupted"]);
});

Deno.test("TapReporter starts no subtest when a task named Subtest prints", () => {
  const facts = PASSING_FACTS.flatMap(([ms, fact]): TimedFact[] => {
    if (fact.type === "run-started") {
      return [[ms, { ...fact, tasks: [{ name: "Subtest", after: [], tags: [] }] }]];
    }
    if (fact.type !== "task-finished") return [[ms, fact]];
    const printed = { worker: 0, channel: "stdout", level: "info", text: "Subtest: x" } as const;
    return [[ms, { type: "task-output", task: 0 as TaskId, ...printed }], [ms, fact]];
  });
  const { ok, count, extra } = parse(tap(facts));
  assertEquals([ok, count, extra], [true, 1, []]);
});

Deno.test("TapReporter escapes line separators in names, output and errors", () => {
  const forged = "x\u2028not ok 8 - forged\u2029ok 9\x85ok 10\rok 11";
  const facts = SAMPLE_FACTS.map(([ms, fact]): TimedFact => {
    if (fact.type === "task-output") return [ms, { ...fact, text: forged }];
    if (fact.type === "run-started") {
      return [ms, { ...fact, tasks: fact.tasks.map((it) => ({ ...it, name: it.name + forged })) }];
    }
    if (fact.type !== "task-finished" || fact.outcome.status !== "failed") return [ms, fact];
    return [ms, {
      ...fact,
      outcome: { status: "failed", error: { type: forged, message: forged } },
    }];
  });
  const text = tap(facts);
  assert(text.includes("forged"));
  assert(!/[\r\x85\u2028\u2029]/.test(text));
});

Deno.test("TapReporter joins the lines of output with one blank and keeps other blanks", () => {
  const commentFor = (text: string) => {
    const facts = PASSING_FACTS.flatMap((fact): TimedFact[] =>
      fact[1].type === "task-finished" ? [[fact[0], { ...OUTPUT, text }], fact] : [fact]
    );
    return /^# \[thread_0\] (.*)$/m.exec(tap(facts))?.[1];
  };
  assertEquals(commentFor("  a  b \n\n \tc\n  d "), "  a  b c d ");
  assertEquals(commentFor("\na\n"), " a ");
  const start = performance.now();
  const blanks = " ".repeat(300_000);
  assertEquals(commentFor(`${blanks}x`), `${blanks}x`);
  assert(performance.now() - start < 20_000); // it takes no time to speak of, or minutes
});

const OUTPUT = {
  type: "task-output",
  task: null,
  worker: 0,
  channel: "stdout",
  level: "info",
} as const;
