/** A sample run: three threads, wide names, a retry, a failed task and skipped tasks. */
import { EventStream } from "../../../src/events/event_stream.ts";
import type { RunEvent, RunFact, TaskOutput } from "../../../src/events/run_event.ts";
import { Graph } from "../../../src/graph/graph.ts";
import type { TaskId } from "../../../src/task/task.ts";
import { task as spec } from "../../support/graphs.ts";

const LONG = "integration tests of the whole system, with a name too long for any row";

const AFTER: Readonly<Record<string, readonly string[]>> = {
  announce: ["publish"],
  compile: ["fetch"],
  docs: [],
  fetch: [],
  [LONG]: ["compile"],
  publish: [LONG, "翻訳を確認する"],
  "smoke 🚀": [],
  "翻訳を確認する": ["fetch"],
};
const NAMES = Object.keys(AFTER);

/** The graph of the sample run. */
export const STORY_GRAPH: Graph = Graph.from(
  NAMES.map((name) => spec(name, [...AFTER[name]!])),
);

const id = (name: string) => NAMES.findIndex((it) => it.startsWith(name)) as TaskId;

const queued = (name: string): RunFact => ({ type: "task-queued", task: id(name) });

const started = (name: string, worker: number, attempt = 1): RunFact => ({
  type: "task-started",
  task: id(name),
  worker,
  attempt,
});

const passed = (name: string, worker: number): RunFact => ({
  type: "task-finished",
  task: id(name),
  worker,
  outcome: { status: "passed" },
});

const skipped = (name: string, via: string, cause: string): RunFact => ({
  type: "task-finished",
  task: id(name),
  worker: null,
  outcome: { status: "skipped", via: id(via), cause: id(cause) },
});

const output = (
  name: string | null,
  worker: number,
  text: string,
  channel: TaskOutput["channel"] = "stdout",
  level: TaskOutput["level"] = "info",
): RunFact => ({
  type: "task-output",
  task: name === null ? null : id(name),
  worker,
  channel,
  level,
  text,
});

const FACTS: readonly (readonly [elapsedMs: number, fact: RunFact])[] = [
  [0, {
    type: "run-started",
    tasks: NAMES.map((name) => ({ name, after: AFTER[name]!.map(id), tags: [] })),
    workers: 3,
    startedAt: "2026-11-23T20:56:47.573Z",
    mocked: [],
  }],
  [0, queued("docs")],
  [0, queued("fetch")],
  [0, queued("smoke")],
  [40, started("docs", 0)],
  [45, started("fetch", 1)],
  [50, started("smoke", 2)],
  [200, output("fetch", 1, "fetching 3 repositories")],
  [300, output("smoke", 2, "first try", "stderr", "error")],
  [400, output("fetch", 1, "done", "log")],
  [450, output("fetch", 1, "one of them is old", "log", "warn")],
  [900, {
    type: "task-retried",
    task: id("smoke"),
    worker: 2,
    attempt: 1,
    error: { type: "Error", message: "no answer" },
    delayMs: 500,
  }],
  [1045, passed("fetch", 1)],
  [1045, queued("compile")],
  [1045, queued("翻")],
  [1046, started("compile", 1)],
  [1047, started("翻", 2)],
  [1100, output(null, 1, "from a timer")],
  [1400, queued("smoke")],
  [2047, passed("翻", 2)],
  [2048, started("smoke", 2, 2)],
  [2300, output("smoke", 2, "second try")],
  [3546, passed("compile", 1)],
  [3546, queued("integration")],
  [3547, started("integration", 1)],
  [3600, output("integration", 1, "starting a database")],
  [3700, output("integration", 1, "it does not listen", "stderr", "error")],
  [4048, passed("smoke", 2)],
  [4547, {
    type: "task-finished",
    task: id("integration"),
    worker: 1,
    outcome: {
      status: "failed",
      error: { type: "TypeError", message: "database is not reachable\nat all" },
    },
  }],
  [4547, skipped("publish", "integration", "integration")],
  [4547, skipped("announce", "publish", "integration")],
  [61_000, passed("docs", 0)],
  [61_000, { type: "run-finished", finishedAt: "2026-11-23T20:57:48.573Z" }],
];

/** The events of the sample run. */
export function storyEvents(): RunEvent[] {
  const events: RunEvent[] = [];
  const stream = new EventStream([{ report: (event) => void events.push(event) }]);
  for (const [elapsedMs, fact] of FACTS) stream.emit(structuredClone(fact), elapsedMs);
  return events;
}
