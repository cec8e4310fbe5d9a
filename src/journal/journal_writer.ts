/**
 * Writes the journal of a run. A result is what it is when its task is told to have passed; what later
 * tasks change of it is not written.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { TextSink } from "../base/write_all.ts";
import type { Reporter } from "../events/reporter.ts";
import type { RunEvent, TaskFinished, TaskInfo } from "../events/run_event.ts";
import type { Graph } from "../graph/graph.ts";
import { JOURNAL_VERSION, type JournalHead } from "./journal_format.ts";
import { encodeResult } from "./result_codec.ts";

/** What a journal begins with. */
export interface JournalStart
  extends Pick<JournalHead, "module" | "hash" | "startedAt" | "pid" | "state"> {
  /** The tasks of the run, with those that were taken over. */
  readonly graph: Graph;
  /** Results that were given on the command line. */
  readonly given: ReadonlyMap<string, unknown>;
  /** Hashes of the values of cases, by task; null where a value cannot be compared. */
  readonly cases: ReadonlyMap<string, string | null>;
  /** Results of the tasks that were taken over. */
  readonly taken: ReadonlyMap<string, unknown>;
  /** The keys of the state that those tasks had written, of those that had. */
  readonly wrote: ReadonlyMap<string, readonly string[]>;
}

/** Writes the head of a journal, and what was taken over. */
export function beginJournal(out: TextSink, beginning: JournalStart): void {
  const { graph, given, taken, module, hash, startedAt, pid, cases, state, wrote } = beginning;
  const head: JournalHead = {
    journal: JOURNAL_VERSION,
    ...{ module, hash, startedAt, pid },
    names: graph.names,
    after: dependencies(graph),
    given: [...given],
    cases: [...cases].filter(([name]) => graph.idOf(name) !== undefined),
    state,
    taken: taken.size,
  };
  out.write(`${JSON.stringify(head)}\n`);
  for (const [name, result] of taken) {
    out.write(passedLine(graph.idOf(name)!, "", result, wrote.get(name)));
  }
}

/** By hand: views of a row, a hundred thousand of them, would take most of the time. */
function dependencies({ size, dependencies: { start, list } }: Graph): number[][] {
  const rows: number[][] = [];
  for (let id = 0; id < size; id++) {
    const row: number[] = [];
    for (let i = start[id]!; i < start[id + 1]!; i++) row.push(list[i]!);
    rows.push(row);
  }
  return rows;
}

/** See the head of this file. */
export class JournalWriter implements Reporter {
  readonly #out: TextSink;
  readonly #graph: Graph;
  readonly #resultOf: (name: string) => unknown;
  #tasks: readonly TaskInfo[] = [];
  /** The places of the run's tasks in the head. */
  #places: readonly number[] = [];
  /** When the last attempt of each task began, in milliseconds since the run's start. */
  readonly #startedMs: number[] = [];

  /**
   * @param out Where the journal has begun.
   * @param graph The tasks in its head.
   * @param resultOf The result of a task that has just passed.
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
        this.#places = event.tasks.map(({ name }) => this.#graph.idOf(name)!);
        return;
      case "task-started":
        this.#startedMs[event.task] = event.elapsedMs;
        return this.#out.write(`{"started":${this.#places[event.task]}}\n`);
      case "task-finished":
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
    const place = this.#places[task]!;
    const ms = `,"ms":${Math.round((elapsedMs - this.#startedMs[task]!) * 1000) / 1000}`;
    switch (outcome.status) {
      case "passed":
        return passedLine(place, ms, this.#resultOf(this.#tasks[task]!.name), wrote);
      case "failed":
        return `{"failed":${place}${ms},"error":${JSON.stringify(inShort(outcome.error))}}\n`;
      default:
        return `{"${outcome.status}":${place}}\n`;
    }
  }
}

function passedLine(
  place: number,
  ms: string,
  result: unknown,
  wrote: readonly string[] | undefined,
): string {
  const keys = wrote === undefined ? "" : `,"wrote":${JSON.stringify(wrote)}`;
  return `{"passed":${place}${ms}${keys}${encodeResult(result)}}\n`;
}

const ERROR_LENGTH_MAX = 500;

function inShort({ type, message }: ErrorRecord): string {
  return `${type}: ${message}`.slice(0, ERROR_LENGTH_MAX);
}
