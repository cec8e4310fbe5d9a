/** Tests of the slowest tasks and the critical path in the recap. */
import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { emptyView } from "../../src/events/run_view.ts";
import { formatDuration } from "../../src/base/duration.ts";
import { durations } from "../../src/report/text/durations.ts";
import { colorStyle, plainStyle } from "../../src/report/style.ts";
import { assertGolden } from "../support/golden.ts";
import { sampleEvents } from "../support/sample_run.ts";
import { viewOf } from "../support/view_of.ts";

Deno.test("durations() matches the golden output for the sample run", () => {
  const view = viewOf(sampleEvents());
  assertGolden("recap/durations.txt", durations(view, 10, plainStyle).join("\n"));
  assertGolden("recap/durations.color.txt", durations(view, 2, colorStyle()).join("\n"));
});

Deno.test("durations() lists at most the requested tasks, and none for 0 or an empty run", () => {
  const view = viewOf(sampleEvents());
  const rows = (count: number) => durations(view, count, plainStyle).length;
  assertEquals([rows(0), rows(1), rows(3), rows(Infinity)], [0, 5, 7, 8]);
  assertEquals(durations(emptyView(), 5, plainStyle), []);
});

Deno.test("durations() omits the middle of a long critical path", () => {
  const tasks = Array.from({ length: 100 }, (_, id) => ({
    name: `t${id}`,
    after: id === 0 ? [] : [id - 1],
    tags: [],
  }));
  const facts = [
    { type: "run-started", tasks, workers: 1, mocked: [], startedAt: "" },
    ...tasks.flatMap((_, task) => [
      { type: "task-queued", task },
      { type: "task-started", task, worker: 0, attempt: 1 },
      { type: "task-finished", task, worker: 0, outcome: { status: "passed" } },
    ]),
  ];
  const view = viewOf(facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: seq }) as RunEvent));
  assertEquals(
    durations(view, 1, plainStyle).at(-2),
    "critical path 100ms of 300ms: t0 -> t1 -> t2 -> t3 -> … 92 more … -> t96 -> t97 -> t98 -> t99",
  );
});

Deno.test("formatDuration() uses the unit that fits, with about three digits", () => {
  const times = [0, 0.004, 1, 9.994, 9.996, 99.94, 99.96, 999.4, 999.6, 59_994, 59_996, 3_723_000];
  assertEquals(times.map(formatDuration), [
    ...["0.00ms", "0.00ms", "1.00ms", "9.99ms", "10.0ms", "99.9ms", "100ms", "999ms"],
    ...["1.00s", "59.99s", "1m 00s", "62m 03s"],
  ]);
});
