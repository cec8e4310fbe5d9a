/** Writes the journal of a run. */
import type { ErrorRecord } from "../base/error_record.ts";
import type { TextSink } from "../base/write_all.ts";
import type { Reporter } from "../events/reporter.ts";
import type { RunEvent, TaskFinished, TaskInfo } from "../events/run_event.ts";
import { neighborLists } from "../graph/adjacency.ts";
import type { Graph } from "../graph/graph.ts";
import { JOURNAL_VERSION, type JournalHead } from "./journal_format.ts";
import { encodeResult, toComparable } from "./result_codec.ts";

/** The content of a journal's head, and the reused results. */
export interface JournalStart
  extends Pick<JournalHead, "module" | "hash" | "startedAt" | "pid" | "state"> {
  /** The tasks of the run, including those with reused results; without resources. */
  readonly graph: Graph;
  /** Results mocked on the command line. */
  readonly mocks: ReadonlyMap<string, unknown>;
  /** Hashes of the functions' sources by task without its case. */
  readonly code: ReadonlyMap<string, string>;
  /** Hashes of case values by task; null where a value cannot be compared. */
  readonly cases: ReadonlyMap<string, string | null>;
  /** Results reused from the last run. */
  readonly reused: ReadonlyMap<string, unknown>;
  /** The keys of the state that those tasks wrote, for tasks that wrote any. */
  readonly wrote: ReadonlyMap<string, readonly string[]>;
}

/** Writes the head of a journal, and the reused results. */
export function writeJournalStart(out: TextSink, start: JournalStart): void {
  const { graph, mocks, reused, module, hash, startedAt, pid, cases, code, state, wrote } = start;
  const head: JournalHead = {
    journal: JOURNAL_VERSION,
    module,
    hash,
    startedAt,
    pid,
    names: graph.names,
    after: neighborLists(graph.dependencies),
    given: [...mocks].map(([name, result]) => [name, toComparable(result)]),
    cases: [...cases].filter(([name]) => graph.idOf(name) !== undefined),
    code: [...code],
    state,
    taken: reused.size,
  };
  out.write(`${JSON.stringify(head)}\n`);
  for (const [name, result] of reused) {
    out.write(passedLine(graph.idOf(name)!, "", result, wrote.get(name)));
  }
}

/**
 * Appends the events of a run to its journal. A result is encoded when the `task-finished` event is
 * delivered; later changes of it by other tasks are not recorded.
 */
export class JournalWriter implements Reporter {
  readonly #out: TextSink;
  readonly #graph: Graph;
  readonly #resultOf: (name: string) => unknown;
  #tasks: readonly TaskInfo[] = [];
  /** Indexes of the run's tasks in the head, by task ID. */
  #indexes: readonly number[] = [];
  /** Start of each task's last attempt, in milliseconds since the start of the run. */
  readonly #startedMs: number[] = [];

  /**
   * @param out The journal, with its head written.
   * @param graph The tasks in the head.
   * @param resultOf Returns the result of a task that has just passed.
   */
  constructor(out: TextSink, graph: Graph, resultOf: (name: string) => unknown) {
    this.#out = out;
    this.#graph = graph;
    this.#resultOf = resultOf;
  }

  report(event: RunEvent): void {
    switch (event.type) {
      case "run-started":
        this.#tasks = event.tasks;
        this.#indexes = event.tasks.map(({ name }) => this.#graph.idOf(name)!);
        return;
      case "task-started":
        if (this.#tasks[event.task]!.kind !== undefined) return; // set up again in a rerun
        this.#startedMs[event.task] = event.elapsedMs;
        return this.#out.write(`{"started":${this.#indexes[event.task]}}\n`);
      case "task-finished":
        if (this.#tasks[event.task]!.kind !== undefined) return;
        return this.#out.write(this.#outcomeLine(event));
      case "run-finished":
        return this.#out.write(`${JSON.stringify({ finished: event.finishedAt })}\n`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#out.close();
    return Promise.resolve();
  }

  #outcomeLine({ task, outcome, elapsedMs, wrote }: RunEvent & TaskFinished): string {
    const index = this.#indexes[task]!;
    const ms = `,"ms":${Math.round((elapsedMs - this.#startedMs[task]!) * 1000) / 1000}`;
    switch (outcome.status) {
      case "passed":
        return passedLine(index, ms, this.#resultOf(this.#tasks[task]!.name), wrote);
      case "failed":
        return `{"failed":${index}${ms},"error":${JSON.stringify(briefError(outcome.error))}}\n`;
      default:
        return `{"${outcome.status}":${index}}\n`;
    }
  }
}

function passedLine(
  index: number,
  ms: string,
  result: unknown,
  wrote: readonly string[] | undefined,
): string {
  const keys = wrote === undefined ? "" : `,"wrote":${JSON.stringify(wrote)}`;
  return `{"passed":${index}${ms}${keys}${encodeResult(result)}}\n`;
}

/** Maximum length of an error text, in UTF-16 units: it is for people who read the journal. */
const ERROR_LENGTH_MAX = 500;

function briefError({ type, message }: ErrorRecord): string {
  return `${type}: ${message}`.slice(0, ERROR_LENGTH_MAX);
}
