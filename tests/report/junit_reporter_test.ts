import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { TextSink } from "../../src/base/write_all.ts";
import type { TaskId } from "../../src/task/task.ts";
import { JunitReporter } from "../../src/report/formats/junit_reporter.ts";
import { assertGolden } from "../support/golden.ts";
import { assertJunit, elementsOf, parseXml } from "../support/junit_schema.ts";
import { FOLDER, reported } from "../support/report_of.ts";
import {
  CANCELLED_FACTS,
  PASSING_FACTS,
  SAMPLE_FACTS,
  SAMPLE_GRAPH,
  type TimedFact,
} from "../support/sample_run.ts";
import { anyText } from "../support/any_text.ts";

const PASSED = { status: "passed" } as const;
const make = (out: TextSink) =>
  new JunitReporter(out, { module: "release", file: "ci/release.ts", folder: FOLDER });
const junit = (facts: readonly TimedFact[]) => reported(make, facts);
const cases = (facts: readonly TimedFact[]) => elementsOf(parseXml(junit(facts)), "testcase");

Deno.test("JunitReporter matches the golden output for the sample runs", () => {
  assertGolden("reports/sample.junit.xml", junit(SAMPLE_FACTS));
  assertGolden("reports/cancelled.junit.xml", junit(CANCELLED_FACTS));
});

Deno.test("JunitReporter writes schema-valid XML for the sample runs", () => {
  for (const facts of [SAMPLE_FACTS, CANCELLED_FACTS, PASSING_FACTS]) assertJunit(junit(facts));
});

Deno.test("assertJunit() throws when the XML is malformed or violates the schema", () => {
  const text = junit(SAMPLE_FACTS);
  const broken = [
    text.replace("<skipped>", '<skipped message="x">'),
    text.replace("<failure", "<flakyFailure").replace("</failure", "</flakyFailure"),
    text.replace(' name="load"', ""),
    text.replace("</failure>", "\x01</failure>"),
    text.slice(0, -3),
  ];
  for (const xml of broken) assertThrows(() => assertJunit(xml));
});

Deno.test("JunitReporter counts the test cases, failures, errors and skipped tasks", () => {
  for (const facts of [SAMPLE_FACTS, CANCELLED_FACTS, PASSING_FACTS]) {
    const root = parseXml(junit(facts));
    const [suite] = elementsOf(root, "testsuite");
    const counts = ["testcase", "failure", "error", "skipped"]
      .map((name) => String(elementsOf(root, name).length));
    const { tests, failures, errors, skipped } = suite!.attributes;
    assertEquals([tests, failures, errors, skipped], counts);
  }
});

Deno.test("JunitReporter writes each task as a test case in the class of the module", () => {
  const all = cases(SAMPLE_FACTS).map(({ attributes }) => attributes);
  const names = all.map(({ name }) => name!).filter((name) => !name.startsWith("("));
  assertEquals(names.sort(), SAMPLE_GRAPH.tasks.map(({ name }) => name).sort());
  assert(all.every(({ classname }) => classname === "release"));
  assert(all.every(({ file }) => file === "ci/release.ts"));
});

Deno.test("JunitReporter writes an error for a stray error and for a cancelled run", () => {
  const passed = PASSING_FACTS.slice(0, -1);
  const end = PASSING_FACTS.at(-1)!;
  const error = { type: "Error", message: "late" };
  const stray: TimedFact = [2, { type: "stray-error", worker: 0, suspects: [], error }];
  const cut: TimedFact = [2, { type: "run-cancelled", reason: "deadline" }];
  const errors = (fact: TimedFact) =>
    cases([...passed, fact, end]).flatMap(({ children }) => children)
      .filter(({ name }) => name === "error");
  assertEquals(errors(stray).map(({ attributes }) => attributes), [error]);
  assertEquals(errors(cut).map(({ attributes }) => attributes), [
    { type: "deadline", message: "the run has passed its deadline" },
  ]);
});

Deno.test("JunitReporter writes a failed attempt to system-err when the task has passed", () => {
  const double = cases(SAMPLE_FACTS).find(({ attributes }) => attributes.name === "double")!;
  assertEquals(double.children.map(({ name, text }) => [name, text]), [
    ["system-out", "first try\nsecond try\n"],
    [
      "system-err",
      "attempt 1 failed: Error: no answer\n  at double (src/math.ts:5:11)\n",
    ],
  ]);
});

/** The run of one task that prints lines and fails with a message. */
function failing(name: string, message: string, lines: readonly string[]): TimedFact[] {
  const task = 0 as TaskId;
  const printed = lines.map((text): TimedFact => [
    1,
    { type: "task-output", task, worker: 0, channel: "stdout", level: "info", text },
  ]);
  return PASSING_FACTS.flatMap(([ms, fact]): TimedFact[] => {
    if (fact.type === "run-started") {
      return [[ms, { ...fact, tasks: [{ name, after: [], tags: [] }] }]];
    }
    if (fact.type !== "task-finished") return [[ms, fact]];
    const outcome = { status: "failed", error: { type: "Error", message } } as const;
    return [...printed, [ms, { ...fact, outcome }]];
  });
}

Deno.test("JunitReporter writes schema-valid XML for any text", () => {
  const text = anyText({ maxLength: 20 });
  const halves = fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  });
  const any = fc.oneof(text, halves);
  fc.assert(fc.property(any, any, fc.array(any), (name, message, lines) => {
    assertJunit(junit(failing(name, message, lines)));
  }));
});

Deno.test("JunitReporter preserves text that XML can represent", () => {
  const text = "a\tb \"c\" 'd' <e> &amp; ]]> 🚀\nsecond  line";
  const [one] = elementsOf(parseXml(junit(failing(text, text, [text]))), "testcase");
  const failure = one!.children.find(({ name }) => name === "failure")!;
  assertEquals([one!.attributes.name, failure.attributes.message], [text, text]);
  assertEquals(one!.children.at(-1)!.text, `${text}\n`);
});

Deno.test("JunitReporter keeps the end of the output when a task prints too much", () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `line ${i}`);
  const [output] = elementsOf(parseXml(junit(failing("a", "no", lines))), "system-out");
  const kept = output!.text.trimEnd().split("\n");
  assert(output!.text.length < 20_000, `${output!.text.length}`);
  assertEquals(kept.at(-1), "line 99999");
  const [, dropped] = /^… (\d+) lines before these …$/.exec(kept[0]!)!;
  assertEquals(kept.slice(1), lines.slice(Number(dropped)));
});

Deno.test("JunitReporter omits the output of passed tasks when the total exceeds the limit", () => {
  const count = 3000;
  const tasks = Array.from({ length: count }, (_, i) => ({ name: `t${i}`, after: [], tags: [] }));
  const printed = {
    worker: 0,
    channel: "stdout",
    level: "info",
    text: "x".repeat(8000),
  } as const;
  const error = { type: "Error", message: "no" };
  const facts = tasks.flatMap((_, i): TimedFact[] => {
    const task = i as TaskId;
    const outcome = i === count - 1 ? { status: "failed", error } as const : PASSED;
    return [
      [1, { type: "task-output", task, ...printed }],
      [1, { type: "task-finished", task, worker: 0, outcome }],
    ];
  });
  const begin: TimedFact = [0, { ...PASSING_FACTS[0]![1], tasks } as TimedFact[1]];
  const text = junit([begin, ...facts, PASSING_FACTS.at(-1)!]);
  assert(text.length < 20_000_000, `${text.length}`);
  const outputs = elementsOf(parseXml(text), "system-out").map((it) => it.text.trimEnd());
  assertEquals(outputs.length, count);
  assertEquals([outputs[0]!.length, outputs.at(-1)!.length], [8000, 8000]);
  assertEquals(outputs.at(-2), "… omitted: the output of all tasks exceeds the limit …");
});
