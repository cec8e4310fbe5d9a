/** A recorded run of the run loop over a fake pool. */
import type { Reporter } from "../../src/events/reporter.ts";
import type { RunEvent } from "../../src/events/run_event.ts";
import type { RunView } from "../../src/events/run_view.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { runGraph, type RunResult } from "../../src/run/run_graph.ts";
import type { RunPolicy } from "../../src/run/run_policy.ts";
import { bounded } from "./bounded.ts";
import { FakePool } from "./fake_pool.ts";
import { assertWellFormed } from "./well_formed.ts";

/** Options of {@linkcode RecordedRun}. */
export interface RecordedRunOptions {
  readonly lanes?: number;
  readonly skipDependents?: boolean;
  readonly policy?: RunPolicy;
  readonly signal?: AbortSignal;
  readonly reporters?: readonly Reporter[];
}

/** Runs the run loop over a fake pool, and records its events. */
export class RecordedRun {
  readonly pool: FakePool;
  readonly events: RunEvent[] = [];
  readonly #graph: Graph;
  readonly #skipDependents: boolean;
  readonly #result: Promise<RunResult>;

  /** Starts the run. */
  constructor(graph: Graph, options: RecordedRunOptions = {}) {
    const { lanes = 2, skipDependents = true, policy = {}, signal, reporters = [] } = options;
    this.pool = new FakePool(lanes);
    this.#graph = graph;
    this.#skipDependents = skipDependents;
    this.#result = runGraph({
      graph,
      pool: this.pool,
      code: { kind: "module", url: "file:///none.ts" },
      local: new Map(),
      storeResults: true,
      skipDependents,
      policy,
      signal,
      reporters: [{ report: (event) => void this.events.push(event) }, ...reporters],
    });
  }

  /** Resolves when the run is finished; asserts that its events are well formed. */
  async end(): Promise<RunResult> {
    const result = await bounded(this.#result, "the run to end", 5000);
    assertWellFormed(this.events, this.#graph, { skipDependents: this.#skipDependents });
    return result;
  }

  /** The events as text: `started a 0`, `output a hi`, `failed b`, `skipped c`. */
  get story(): string[] {
    const name = (task: number | null) => task === null ? "-" : this.#graph.tasks[task]!.name;
    return this.events.flatMap((event) => {
      switch (event.type) {
        case "task-started":
          return [`started ${name(event.task)}`];
        case "task-output":
          return [`output ${name(event.task)} ${event.text}`];
        case "task-retried":
          return [`retried ${name(event.task)} after ${event.delayMs} ms`];
        case "task-finished":
          return [`${event.outcome.status} ${name(event.task)}`];
        case "task-queued":
          return [];
        default:
          return [event.type];
      }
    });
  }
}

/** The status of a task of a finished run. */
export function statusOf(view: RunView, name: string): string | undefined {
  return view.outcomes[view.tasks.findIndex((task) => task.name === name)]?.status;
}
