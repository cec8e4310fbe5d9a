/** Tests of the run view and of the summary of a run. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RunEvent, RunFact } from "../../src/events/run_event.ts";
import { applyEvent, emptyView, type RunView } from "../../src/events/run_view.ts";
import { summarize } from "../../src/events/summary.ts";
import { Graph } from "../../src/graph/graph.ts";
import { TaskState } from "../../src/plan/plan.ts";
import type { TaskId } from "../../src/task/task.ts";
import { graphOf } from "../support/graphs.ts";
import { PlanRig } from "../support/plan_rig.ts";
import { randomDag } from "../support/random_dag.ts";

function fold(events: readonly RunEvent[], each: (view: RunView) => void = () => {}): RunView {
  const view = emptyView();
  for (const event of events) {
    applyEvent(view, event);
    each(view);
  }
  return view;
}

/** Runs tasks at random, cancels after `moment` steps, and lets what still runs end. */
function randomRun(
  graph: Graph,
  failing: ReadonlySet<string>,
  skipDependents: boolean,
  moment: number,
): PlanRig {
  const rig = new PlanRig(graph, { lanes: 3, skipDependents });
  for (let step = 0; step < moment && rig.main.remaining > 0; step++) {
    const lane = step % 3;
    const task = rig.running[lane]!;
    const outcome = failing.has(graph.tasks[task]?.name ?? "")
      ? TaskState.FAILED
      : TaskState.PASSED;
    if (task < 0) rig.take(lane);
    else rig.settle(lane, outcome, step % 2 === 0);
  }
  rig.cancel();
  for (const [lane, task] of rig.running.entries()) {
    if (task >= 0) rig.settle(lane, lane === 0 ? TaskState.CANCELLED : TaskState.PASSED);
  }
  return rig;
}

const runs = fc.tuple(randomDag(), fc.boolean(), fc.nat(80));

Deno.test("applyEvent() keeps counts that are not negative and add up to all tasks", () => {
  fc.assert(fc.property(runs, ([dag, skipDependents, moment]) => {
    const graph = Graph.from(dag.specs);
    const events = randomRun(graph, dag.failing, skipDependents, moment).events();
    const view = fold(events, ({ counts, running }) => {
      assert(Object.values(counts).every((count) => count >= 0), JSON.stringify(counts));
      assertEquals(Object.values(counts).reduce((a, b) => a + b), graph.size);
      assertEquals(running.filter((task) => task !== undefined).length, counts.running);
    });
    assertEquals([view.counts.waiting, view.counts.queued, view.counts.running], [0, 0, 0]);
    assertEquals(view.finished.length, graph.size);
  }));
});

Deno.test("summarize() puts every task in exactly one list, with matching counts", () => {
  fc.assert(fc.property(runs, ([dag, skipDependents, moment]) => {
    const graph = Graph.from(dag.specs);
    const view = fold(randomRun(graph, dag.failing, skipDependents, moment).events());
    const summary = summarize(view);
    const lists = (["passed", "failed", "skipped", "cancelled"] as const).map((it) => summary[it]);
    assertEquals(lists.flat().sort(), graph.tasks.map(({ name }) => name));
    assertEquals(Object.keys(summary.failures).sort(), [...summary.failed].sort());
    const notPassed = lists.flat().length - summary.passed.length;
    assertEquals(Object.values(summary.failureCounts).reduce((a, b) => a + b, 0), notPassed);
    assertEquals(summary.ok, notPassed === 0 && view.cancelled === undefined);
    assert([...summary.passed, ...summary.failed].every((name) => summary.ran.includes(name)));
    assert(summary.skipped.every((name) => !summary.ran.includes(name)));
  }));
});

/** A run of `a` and its dependents `b` and `c`, as hand-written events. */
const GRAPH = graphOf({ a: [], b: ["a"], c: ["a"] });
const [A, B, C] = [0, 1, 2] as TaskId[] as [TaskId, TaskId, TaskId];
const begin: RunFact = {
  type: "run-started",
  tasks: GRAPH.tasks.map(({ name, tags }, id) => ({
    name,
    after: [...GRAPH.dependenciesOf(id)] as TaskId[],
    tags,
  })),
  workers: 1,
  startedAt: "2026-01-01T00:00:00.000Z",
  mocked: ["m"],
};
const end: RunFact = { type: "run-finished", finishedAt: "2026-01-01T00:00:01.500Z" };
const error = { type: "AssertionError", message: "no", stack: "AssertionError: no" };
const queued = (task: TaskId): RunFact => ({ type: "task-queued", task });
const started = (task: TaskId, attempt = 1): RunFact => (
  { type: "task-started", task, worker: 0, attempt }
);
const retried = (task: TaskId): RunFact => (
  { type: "task-retried", task, worker: 0, attempt: 1, error, delayMs: 0 }
);
const ran = (task: TaskId, status: "passed" | "failed", attempt = 1): RunFact[] => [
  queued(task),
  started(task, attempt),
  {
    type: "task-finished",
    task,
    worker: 0,
    outcome: status === "passed" ? { status } : { status, error },
  },
];
const ended = (task: TaskId, status: "skipped" | "cancelled"): RunFact => ({
  type: "task-finished",
  task,
  worker: null,
  outcome: status === "skipped" ? { status, via: A, cause: A } : { status, reason: "interrupted" },
});
const stray: RunFact = { type: "stray-error", worker: 0, suspects: [A], error };

function viewAfter(...facts: RunFact[]): RunView {
  return fold(facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: seq * 100 })));
}

const texts: [name: string, facts: RunFact[], text: string][] = [
  [
    "only passed tasks",
    [...ran(A, "passed"), ...ran(B, "passed"), ...ran(C, "passed")],
    "==== 3 passed, 0 failed, 0 skipped in 1.00s ====",
  ],
  [
    "a failed task and skipped dependents",
    [...ran(A, "failed"), ended(B, "skipped"), ended(C, "skipped")],
    "==== 0 passed, 1 failed, 2 skipped in 0.60s ====",
  ],
  [
    "cancelled tasks",
    [...ran(A, "passed"), ended(B, "cancelled"), ended(C, "cancelled")],
    "==== 1 passed, 0 failed, 0 skipped, 2 cancelled in 0.60s ====",
  ],
  [
    "one stray error",
    [...ran(A, "passed"), stray, ...ran(B, "passed"), ...ran(C, "passed")],
    "==== 3 passed, 0 failed, 0 skipped, 1 stray error in 1.10s ====",
  ],
  [
    "one flaky task",
    [
      ...ran(A, "passed"),
      queued(B),
      started(B),
      retried(B),
      ...ran(B, "passed", 2),
      ended(C, "skipped"),
    ],
    "==== 2 passed (1 flaky), 0 failed, 1 skipped in 1.10s ====",
  ],
];
for (const [name, facts, text] of texts) {
  Deno.test(`summarize() returns the last line of a run with ${name}`, () => {
    assertEquals(summarize(viewAfter(begin, ...facts, end)).text, text);
  });
}

Deno.test("summarize() returns the errors of failed tasks, and counts failures by type", () => {
  const facts = [...ran(A, "failed"), ended(B, "skipped"), ended(C, "cancelled")];
  const summary = summarize(viewAfter(begin, ...facts, end));
  assertEquals(summary.failures, {
    a: { errorType: "AssertionError", error: "no", stack: "AssertionError: no", record: error },
  });
  assertEquals(summary.failureCounts, { AssertionError: 1, DependencyError: 1, CancelledError: 1 });
  assertEquals(summary.startedAt, new Date("2026-01-01T00:00:00.000Z"));
  assertEquals(summary.finishedAt, new Date("2026-01-01T00:00:01.500Z"));
  assertEquals(summary.duration, 0.6);
});

Deno.test("summarize() sets ok to false for a stray error and for the error of a reporter", () => {
  const passed = [...ran(A, "passed"), ...ran(B, "passed"), ...ran(C, "passed")];
  assertEquals(summarize(viewAfter(begin, ...passed, end)).ok, true);
  const { ok, strayErrors } = summarize(viewAfter(begin, ...passed, stray, end));
  assertEquals([ok, strayErrors.map(({ error }) => error)], [false, [error]]);
  assertEquals(summarize(viewAfter(begin, ...passed, end), [error]).ok, false);
});

Deno.test("applyEvent() counts a task that is cancelled as queued or waiting until then", () => {
  const cases: [facts: RunFact[], left: [number, number]][] = [
    [[queued(A), ended(A, "cancelled")], [2, 0]],
    [[queued(A), ended(B, "cancelled")], [1, 1]],
    [[...ran(A, "passed"), queued(B), ended(B, "cancelled")], [1, 0]],
  ];
  // Behind a skipped task a task may be queued, too, where dependents are not skipped.
  const skipped = { status: "skipped", via: A, cause: null } as const;
  cases.push([[
    { type: "task-finished", task: A, worker: null, outcome: skipped },
    queued(B),
    ended(B, "cancelled"),
  ], [1, 0]]);
  for (const [facts, left] of cases) {
    const { waiting, queued } = viewAfter(begin, ...facts).counts;
    assertEquals([waiting, queued], left);
  }
});

Deno.test("applyEvent() counts no thread as running between two attempts of a task", () => {
  const first = [begin, queued(A), started(A), retried(A)];
  const paused = viewAfter(...first);
  assertEquals([[...paused.retrying.keys()], paused.running], [[A], [undefined]]);
  assertEquals(viewAfter(...first, queued(A)).retrying.size, 0);
  for (const facts of [first, [...first, queued(A)]]) {
    const { counts, retrying, ran } = viewAfter(...facts, ended(A, "cancelled"));
    assertEquals([counts.waiting, counts.queued, retrying.size, ran], [2, 0, 0, [A]]);
  }
});

Deno.test("applyEvent() adds a retry delay only to the task that is retried", () => {
  const view = viewAfter(
    begin,
    queued(A),
    started(A),
    retried(A),
    ...ran(B, "passed"),
    ...ran(A, "passed", 2),
  );
  assertEquals(view.tookMs.slice(0, 2), [100 + 400 + 100, 100]);
});

Deno.test("summarize() lists a task as flaky only when a later attempt passed", () => {
  const first = [queued(A), started(A), retried(A), queued(B), started(B), retried(B)];
  const view = viewAfter(begin, ...first, ...ran(A, "passed", 2), ...ran(B, "failed", 2));
  assertEquals(summarize(view).flaky, ["a"]);
});

Deno.test("summarize() sets ok to true with unneeded tasks, and to false when cancelled", () => {
  const facts = [begin, ...ran(A, "passed"), ...ran(B, "passed")];
  const outcome = { status: "skipped", via: A, cause: null } as const;
  const unneeded: RunFact = { type: "task-finished", task: C, worker: null, outcome };
  const { ok, skipped, failureCounts } = summarize(viewAfter(...facts, unneeded, end));
  assertEquals([ok, skipped, failureCounts], [true, [], {}]);
  const cut: RunFact = { type: "run-cancelled", reason: "interrupted" };
  assertEquals(
    summarize(viewAfter(...facts, queued(C), cut, ...ran(C, "passed").slice(1), end)).ok,
    false,
  );
});

Deno.test("summarize() lists failures of tasks named like built-in properties", () => {
  const tasks = ["__proto__", "constructor"].map((name) => ({ name, after: [], tags: [] }));
  const summary = summarize(
    viewAfter({ ...begin, tasks } as RunFact, ...ran(A, "failed"), ...ran(B, "failed"), end),
  );
  assertEquals(Object.keys(summary.failures), ["__proto__", "constructor"]);
});

Deno.test("applyEvent() takes a set-up that is queued again for unfinished", () => {
  const stamp = { seq: 0, elapsedMs: 0 };
  const tasks = [
    { name: "db", kind: "resource", after: [], tags: [] },
    { name: "db (teardown)", kind: "teardown", after: [0 as TaskId], tags: [] },
  ] as const;
  const start = { workers: 1, startedAt: "", mocked: [] };
  const [task, passed] = [0 as TaskId, { status: "passed" } as const];
  const attempt = (number: number): RunEvent[] => [
    { type: "task-queued", task, ...stamp },
    { type: "task-started", task, worker: 1, attempt: number, ...stamp },
    { type: "task-finished", task, worker: 1, outcome: passed, ...stamp },
  ];
  const events: RunEvent[] = [{ type: "run-started", tasks, ...start, ...stamp }, ...attempt(1)];
  const again = fold([...events, attempt(2)[0]!]);
  assertEquals([again.outcomes[0], again.finished, again.ran], [undefined, [], []]);
  const view = fold([...events, ...attempt(2)]);
  assertEquals([view.finished, view.ran, view.flaky, view.attempts[0]], [[0], [0], [], 2]);
});
