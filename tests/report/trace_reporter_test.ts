/** Tests of the Chrome trace: its format and its contents. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { RunEvent } from "../../src/events/run_event.ts";
import { TraceReporter } from "../../src/report/formats/trace_reporter.ts";
import { TaskState } from "../../src/plan/plan.ts";
import { Graph } from "../../src/graph/graph.ts";
import { assertGolden } from "../support/golden.ts";
import { PlanRig } from "../support/plan_rig.ts";
import { randomDag } from "../support/random_dag.ts";
import { reportedEvents } from "../support/report_of.ts";
import { CANCELLED_FACTS, SAMPLE_FACTS, sampleEvents } from "../support/sample_run.ts";
import { checkTrace } from "./check_trace.ts";

function traceOf(events: readonly RunEvent[]): string {
  return reportedEvents((out) => new TraceReporter(out), events);
}

for (const [name, facts] of Object.entries({ sample: SAMPLE_FACTS, cancelled: CANCELLED_FACTS })) {
  Deno.test(`TraceReporter matches the golden trace for the ${name} run`, () => {
    const text = traceOf(sampleEvents(facts));
    checkTrace(text);
    assertGolden(`trace/${name}.json`, text);
  });
}

Deno.test("TraceReporter writes attempts, dependencies and the critical path", () => {
  const { rows, slices, arrows, instants, otherData } = checkTrace(traceOf(sampleEvents()));
  assertEquals(rows, ["critical path", "thread_0", "thread_1"]);
  const attempts = slices.filter(({ cat }) => cat.startsWith("task"));
  assertEquals(
    attempts.map(({ name, args }) => [name.slice(0, 6), args.outcome]),
    [
      ...[["load", "passed"], ["weird ", "passed"], ["deploy", "failed"]],
      ...[["double", "retried"], ["double", "passed"]],
    ],
  );
  assertEquals(slices.filter(({ tid }) => tid === 1).map(({ name }) => name), ["load", "double"]);
  assertEquals(arrows, [{ from: "load", to: "deploy" }, { from: "load", to: "double" }]);
  assertEquals(new Set(instants.map(({ cat }) => cat)), new Set(["output", "error"]));
  assertEquals(otherData.criticalPathMs, 1759.5);
});

Deno.test("TraceReporter writes valid slices and arrows for any run, at any speed", () => {
  fc.assert(fc.property(randomDag(), fc.boolean(), fc.nat(80), (dag, skipDependents, moment) => {
    const graph = Graph.from(dag.specs);
    const rig = new PlanRig(graph, { lanes: 3, skipDependents });
    for (let step = 0; step < moment && rig.main.remaining > 0; step++) {
      const lane = step % 3;
      const name = graph.tasks[rig.running[lane]!]?.name ?? "";
      if (rig.running[lane]! < 0) rig.take(lane);
      else rig.settle(lane, dag.failing.has(name) ? TaskState.FAILED : TaskState.PASSED);
    }
    rig.cancel();
    for (const [lane, task] of rig.running.entries()) {
      if (task >= 0) rig.settle(lane, TaskState.CANCELLED);
    }
    const events = rig.events();
    for (const elapsedMs of [() => 0, (seq: number) => Math.floor(seq / 7) / 3]) {
      const timed = events.map((event) => ({ ...event, elapsedMs: elapsedMs(event.seq) }));
      const { slices, arrows } = checkTrace(traceOf(timed));
      const started = events.filter(({ type }) => type === "task-started").length;
      assertEquals(slices.filter(({ cat }) => cat.startsWith("task")).length, started);
      const ran = new Set(slices.map(({ name }) => name));
      const edges = graph.tasks.flatMap(({ name }, id) =>
        ran.has(name)
          ? [...graph.dependenciesOf(id)].filter((it) => ran.has(graph.tasks[it]!.name))
          : []
      );
      assertEquals(arrows.length, edges.length);
    }
  }));
});

Deno.test("TraceReporter limits the output lines and arrows of a large run", () => {
  const tasks = Array.from({ length: 1000 }, (_, id) => ({
    name: `t${id}`,
    after: id < 500 ? [] : Array.from({ length: 500 }, (_, other) => other),
    tags: [],
  }));
  const facts: object[] = [
    { type: "run-started", tasks, workers: 1, mocked: [], startedAt: "" },
    ...tasks.flatMap((_, task) => [
      { type: "task-queued", task },
      { type: "task-started", task, worker: 0, attempt: 1 },
      ...Array.from({ length: 30 }, () => (
        {
          type: "task-output",
          task,
          worker: 0,
          channel: "stdout",
          level: "info",
          text: "x".repeat(600),
        }
      )),
      { type: "task-finished", task, worker: 0, outcome: { status: "passed" } },
    ]),
    { type: "run-finished", finishedAt: "" },
  ];
  const text = traceOf(facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: seq }) as RunEvent));
  const { traceEvents, otherData } = JSON.parse(text);
  const count = (ph: string) => traceEvents.filter((it: { ph: string }) => it.ph === ph).length;
  assertEquals([count("s"), count("f"), count("i")], [100_000, 100_000, 20_000]);
  assertEquals([otherData.arrowsLeftOut, otherData.linesLeftOut], [150_000, 10_000]);
});

Deno.test("checkTrace() throws when a trace violates the format", () => {
  const text = traceOf(sampleEvents());
  const change = (from: string | RegExp, to: string) => {
    const changed = text.replace(from, to);
    assert(changed !== text, `nothing to change: ${from}`);
    return () => checkTrace(changed);
  };
  assertThrows(change('"ph":"X"', '"ph":"B"'), Error, "an unknown kind");
  assertThrows(change('"dur":9500', '"dur":99999'), Error, "lies on");
  assertThrows(change(/"dur":9500\.?\d*/, '"dur":0'), Error, "takes no time");
  assertThrows(change('"bp":"e",', ""), Error, "bp of");
  assertThrows(change('"id":2', '"id":3'), Error);
  assertThrows(change('"sort_index":2', '"sort_index":1'), Error, "two rows");
  assertThrows(change('"ph":"f"', '"ph":"s"'), Error);
  assertThrows(change('"s":"t"', '"s":"x"'), Error, "no such scope");
});

Deno.test("TraceReporter escapes control characters in names", () => {
  const [started, ...rest] = sampleEvents();
  assert(started?.type === "run-started");
  const [first, ...others] = started.tasks;
  const name = "a\x9b2J\x85\u2028\u202e\u2066";
  const text = traceOf([{ ...started, tasks: [{ ...first!, name }, ...others] }, ...rest]);
  assertEquals(text.match(/[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g), null);
  assert(checkTrace(text).slices.some((slice) => slice.name === name));
});

Deno.test("TraceReporter removes colors from output and errors", () => {
  const red = "\x1b[31mred\x1b[39m";
  const events = sampleEvents().map((event): RunEvent => {
    if (event.type === "task-output") return { ...event, text: red };
    if (event.type !== "task-finished" || event.outcome.status !== "failed") return event;
    return { ...event, outcome: { status: "failed", error: { type: "Error", message: red } } };
  });
  const { slices, instants } = checkTrace(traceOf(events));
  const failed = slices.find(({ args }) => args.outcome === "failed");
  assertEquals(failed?.args.error, "Error: red");
  const printed = instants.find(({ cat }) => cat === "output")?.args as { text?: string };
  assertEquals(printed.text, "red");
});

Deno.test("TraceReporter writes the type of an error once when it equals the message", () => {
  const error = { type: "undefined", message: "undefined" };
  const text = traceOf(
    sampleEvents().map((event) => event.type === "stray-error" ? { ...event, error } : event),
  );
  assertEquals(text.match(/"error":"undefined[^"]*"/g), ['"error":"undefined"']);
});
