/** Journals of simulated runs. */
import type { RunEvent, RunFact, TaskOutcome } from "../../src/events/run_event.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { topologicalOrder } from "../../src/graph/topological_order.ts";
import {
  type JournalStart,
  JournalWriter,
  writeJournalStart,
} from "../../src/journal/journal_writer.ts";
import { type JournalledRun, parseJournal } from "../../src/journal/parse_journal.ts";
import type { TaskId } from "../../src/task/task.ts";

/** Options of a simulated run. */
export interface PretendedRun extends Partial<JournalStart> {
  /** The tasks of the run, including reused ones. */
  readonly graph: Graph;
  /** The tasks that run; by default all. */
  readonly running?: Graph;
  /** Runs a task: returns its result, or `undefined` for a failure. */
  readonly call: (name: string) => { readonly result: unknown } | undefined;
  readonly skipDependents?: boolean;
}

/** Simulates a run, one task after another, and returns its journal. */
export function pretend(run: PretendedRun): string {
  let text = "";
  const out = { write: (part: string) => text += part, close() {} };
  const { graph, running = graph, call, skipDependents = true, ...rest } = run;
  const began = { module: "m.ts", hash: "00", startedAt: "2026-11-24T02:00:00.000Z", pid: 1 };
  const nothing = {
    mocks: new Map(),
    reused: new Map(),
    wrote: new Map(),
    cases: new Map(),
    code: new Map(),
  };
  const state = { assigned: [], file: null };
  writeJournalStart(out, { ...began, graph, ...nothing, state, ...rest });
  const results = new Map<string, unknown>();
  const writer = new JournalWriter(out, graph, (name) => results.get(name));
  let seq = 0;
  const emit = (fact: RunFact) => writer.report({ ...fact, seq, elapsedMs: seq++ } as RunEvent);
  const tasks = running.tasks.map(({ name, tags }, id) => ({
    name,
    after: Array.from(running.dependenciesOf(id)) as TaskId[],
    tags,
  }));
  emit({ type: "run-started", tasks, workers: 1, startedAt: began.startedAt, mocked: [] });
  const passed = new Uint8Array(running.size);
  for (const id of topologicalOrder(running)) {
    const task = id as TaskId;
    const name = running.names[id]!;
    const via = running.dependenciesOf(id).find((dependency) => !passed[dependency]);
    const end = (outcome: TaskOutcome, worker: number | null) =>
      emit({ type: "task-finished", task, worker, outcome });
    if (skipDependents && via !== undefined) {
      end({ status: "skipped", via: via as TaskId, cause: null }, null);
      continue;
    }
    emit({ type: "task-started", task, worker: 0, attempt: 1 });
    const done = call(name);
    passed[id] = done ? 1 : 0;
    if (done) results.set(name, done.result);
    const error = { type: "Error", message: "no good" };
    end(done ? { status: "passed" } : { status: "failed", error }, 0);
  }
  emit({ type: "run-finished", finishedAt: "2026-11-24T03:00:00.000Z" });
  return text;
}

/** Parses a journal. */
export function readText(text: string): JournalledRun | undefined {
  return parseJournal(new TextEncoder().encode(text), ".tdrun/m-00000000.1.ndjson");
}
