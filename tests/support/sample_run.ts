/**
 * Sample runs as events, for tests of reporters: the same facts for each of them, including all
 * that have caused bugs. No clock is read, and no path is real.
 */
import { EventStream } from "../../src/events/event_stream.ts";
import type { RunEvent, RunFact, TaskOutput } from "../../src/events/run_event.ts";
import { Graph } from "../../src/graph/graph.ts";
import type { TaskId } from "../../src/task/task.ts";
import { task as spec } from "./graphs.ts";

/** A fact, and its time in ms. */
export type TimedFact = readonly [elapsedMs: number, fact: RunFact];

const WEIRD_NAME = `weird größe 🚀 # 1\\2 <"&'> 100%: a, b`;

/** The ids of the tasks by short names. */
export const ID = Object.fromEntries(
  ["deploy", "double", "load", "notify", "publish", "weird"].map((name, id) => [name, id]),
) as Record<"deploy" | "double" | "load" | "notify" | "publish" | "weird", TaskId>;

const TASKS = [
  { name: "deploy", after: [ID.load], tags: ["slow", "net"] },
  { name: "double", after: [ID.load], tags: ["math"] },
  { name: "load", after: [], tags: [] },
  { name: "notify", after: [ID.deploy], tags: [] },
  { name: "publish", after: [ID.notify, ID.double], tags: [] },
  { name: WEIRD_NAME, after: [], tags: [] },
];

/** The graph of the sample runs. */
export const SAMPLE_GRAPH: Graph = Graph.from(
  TASKS.map(({ name, after, tags }) => spec(name, after.map((id) => TASKS[id]!.name), tags)),
);

const STACK = [
  "DeployError: cannot deploy: 2 of 3 hosts refused",
  "the third was not asked ]]> <b>&amp;</b> ::error::no command",
  "    at deploy (file:///project/src/deploy.ts:12:9)",
  "    at async main (file:///project/src/main.ts:3:5)",
  "    at ext:core/01_core.js:1:1",
].join("\n");

/** The error of the failing task: with several lines, causes, members and properties. */
const DEPLOY_ERROR = {
  type: "DeployError",
  message: "cannot deploy: 2 of 3 hosts refused\n" +
    "the third was not asked ]]> <b>&amp;</b> ::error::no command",
  stack: STACK,
  props: { code: "E_DEPLOY", hosts: "[ 'eu-1', 'us-1' ]" },
  errors: [
    { type: "Error", message: "eu-1: connection refused", props: { errno: "111" } },
    { type: "string", message: "us-1: no answer\x00\x1b[31m" },
  ],
  cause: {
    type: "TypeError",
    message: "invalid key",
    stack: "TypeError: invalid key\n    at sign (file:///project/src/sign.ts:7:3)",
    cause: { type: "RangeError", message: "bits: 512, wanted: 2048" },
  },
};

const TIMEOUT = {
  type: "Error",
  message: "no answer",
  stack: "Error: no answer\n    at double (file:///project/src/math.ts:5:11)",
};

const STRAY = {
  type: "TypeError",
  message: "left behind <&>",
  stack: "TypeError: left behind <&>\n    at later (file:///project/src/load.ts:9:1)",
};

const LOST = {
  type: "WorkerLostError",
  message: "thread_1 did not answer for 5 s and was given up",
};

const begin: RunFact = {
  type: "run-started",
  tasks: TASKS,
  workers: 2,
  startedAt: "2026-11-23T20:56:47.573Z",
  mocked: ["prepare"],
};

const end: RunFact = { type: "run-finished", finishedAt: "2026-11-23T20:56:50.073Z" };

const queued = (task: TaskId): RunFact => ({ type: "task-queued", task });

const started = (task: TaskId, worker: number, attempt = 1): RunFact => ({
  type: "task-started",
  task,
  worker,
  attempt,
});

const passed = (task: TaskId, worker: number): RunFact => ({
  type: "task-finished",
  task,
  worker,
  outcome: { status: "passed" },
});

const skipped = (task: TaskId, via: TaskId): RunFact => ({
  type: "task-finished",
  task,
  worker: null,
  outcome: { status: "skipped", via, cause: ID.deploy },
});

const cancelled = (task: TaskId, worker: number | null): RunFact => ({
  type: "task-finished",
  task,
  worker,
  outcome: { status: "cancelled", reason: "interrupted" },
});

const output = (
  task: TaskId | null,
  worker: number,
  text: string,
  { channel = "stdout", level = "info" }: Partial<Pick<TaskOutput, "channel" | "level">> = {},
): RunFact => ({ type: "task-output", task, worker, channel, level, text });

/** Text with a meaning in XML, in TAP, on a terminal, or to a CI runner. */
export const HOSTILE_LINES: readonly string[] = [
  "::error file=a.ts::injected",
  "##[add-mask]injected",
  "a\r::warning::after a carriage return",
  "]]> <system-out> & \"quoted\" 'too'",
  "not ok 1 - injected # TODO",
  "Bail out! injected",
  "\x00\x07\x1b[31mred\x1b[39m\x7f\x85",
  "lone \ud800 surrogates \udc00, \ufffe \uffff, pair 🚀",
  "  leading and trailing blanks  ",
  "",
];

/**
 * The main sample: two tasks pass, one of them on its second attempt, one fails, and two are
 * skipped for it; there is output on all channels and outside of tasks, a stray error and a lost
 * worker.
 */
export const SAMPLE_FACTS: readonly TimedFact[] = [
  [0, begin],
  [0, queued(ID.load)],
  [0, queued(ID.weird)],
  [30.5, started(ID.load, 0)],
  [30.625, started(ID.weird, 1)],
  [31, output(ID.load, 0, "loading 3 rows")],
  [31.25, output(ID.load, 0, "a look inside", { channel: "log", level: "debug" })],
  [31.5, output(ID.load, 0, "3 rows", { channel: "log" })],
  [31.75, output(ID.load, 0, "one row is empty", { channel: "log", level: "warn" })],
  [32, output(ID.load, 0, "deprecated", { channel: "stderr", level: "error" })],
  ...HOSTILE_LINES.map((text): TimedFact => [33, output(ID.weird, 1, text)]),
  [40, passed(ID.load, 0)],
  [40, queued(ID.deploy)],
  [40, queued(ID.double)],
  [40, output(null, 0, "from a timer")],
  [40.5, started(ID.deploy, 0)],
  [50, passed(ID.weird, 1)],
  [50, started(ID.double, 1)],
  [51, output(ID.double, 1, "first try")],
  [60, {
    type: "task-retried",
    task: ID.double,
    worker: 1,
    attempt: 1,
    error: TIMEOUT,
    delayMs: 500,
  }],
  [61, output(ID.deploy, 0, "asking eu-1", { channel: "stderr", level: "error" })],
  [560, queued(ID.double)],
  [1240.5, {
    type: "task-finished",
    task: ID.deploy,
    worker: 0,
    outcome: { status: "failed", error: DEPLOY_ERROR },
  }],
  [1240.5, skipped(ID.notify, ID.deploy)],
  [1240.5, skipped(ID.publish, ID.notify)],
  [1241, { type: "stray-error", worker: 0, suspects: [ID.load, ID.deploy], error: STRAY }],
  [1250, { type: "worker-lost", worker: 1, error: LOST }],
  [1260, started(ID.double, 0, 2)],
  [1261, output(ID.double, 0, "second try")],
  [2500, passed(ID.double, 0)],
  [2500, end],
];

/** An interrupted run: one task has passed, one was running, one waited for its retry. */
export const CANCELLED_FACTS: readonly TimedFact[] = [
  [0, begin],
  [0, queued(ID.load)],
  [0, queued(ID.weird)],
  [10, started(ID.load, 0)],
  [20, passed(ID.load, 0)],
  [20, queued(ID.deploy)],
  [20, queued(ID.double)],
  [21, started(ID.deploy, 0)],
  [21, started(ID.double, 1)],
  [22, output(ID.deploy, 0, "asking eu-1")],
  [30, {
    type: "task-retried",
    task: ID.double,
    worker: 1,
    attempt: 1,
    error: TIMEOUT,
    delayMs: 500,
  }],
  [100, { type: "run-cancelled", reason: "interrupted" }],
  [100, cancelled(ID.double, null)],
  [100, cancelled(ID.weird, null)],
  [100, cancelled(ID.notify, null)],
  [100, cancelled(ID.publish, null)],
  [250, cancelled(ID.deploy, 0)],
  [250, end],
];

/** A run without failures. */
export const PASSING_FACTS: readonly TimedFact[] = [
  [0, { ...begin, tasks: [{ name: "a", after: [], tags: [] }], workers: 1, mocked: [] }],
  [0, queued(0 as TaskId)],
  [1, started(0 as TaskId, 0)],
  [2, passed(0 as TaskId, 0)],
  [2, end],
];

/** Converts facts to events, as the stream does. */
export function sampleEvents(facts: readonly TimedFact[] = SAMPLE_FACTS): RunEvent[] {
  const events: RunEvent[] = [];
  const stream = new EventStream([{ report: (event) => void events.push(event) }]);
  for (const [elapsedMs, fact] of facts) stream.emit(structuredClone(fact), elapsedMs);
  return events;
}
