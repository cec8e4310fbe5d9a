/** The lines of the log that match a filter. */
import { entryNote } from "./status_text.ts";
import type { LogEntry, RunModel } from "./run_model.ts";

/** The kinds of lines that can be selected. */
export const LOG_KINDS = ["all", "outcomes", "output", "problems"] as const;
/** See {@linkcode LOG_KINDS}. */
export type LogKind = typeof LOG_KINDS[number];

/** The filter of a log. */
export interface LogFilter {
  readonly kind: LogKind;
  /** The words that a line has, in its text or in the name of its task. */
  readonly words: string;
  /** The task of the lines; undefined for all. */
  readonly task: number | undefined;
}

/**
 * Selects lines of a log. Remembers those that it has found: a log has up to 200,000 lines, and in
 * each frame only new lines are compared.
 */
export class LogSelection {
  #model: RunModel | undefined;
  #filter: LogFilter | undefined;
  #found: LogEntry[] = [];
  #seen = 0;

  /** The matching lines of a log, in order. */
  of(model: RunModel, filter: LogFilter): readonly LogEntry[] {
    const source = filter.kind === "outcomes" ? model.outcomes : model.log;
    if (filter.words.trim() === "" && filter.task === undefined && isWhole(filter)) return source;
    if (model !== this.#model || !isSame(filter, this.#filter) || source.length < this.#seen) {
      this.#model = model;
      this.#filter = filter;
      this.#found = [];
      this.#seen = 0;
    }
    const words = filter.words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    for (; this.#seen < source.length; this.#seen++) {
      const entry = source[this.#seen]!;
      if (isMatch(model, entry, filter, words)) this.#found.push(entry);
    }
    return this.#found;
  }
}

function isWhole({ kind }: LogFilter): boolean {
  return kind === "all" || kind === "outcomes";
}

function isSame(one: LogFilter, other: LogFilter | undefined): boolean {
  return one.kind === other?.kind && one.words === other.words && one.task === other.task;
}

function isMatch(
  model: RunModel,
  entry: LogEntry,
  { kind, task }: LogFilter,
  words: readonly string[],
): boolean {
  const own = model.taskOf(entry);
  if (task !== undefined && own !== task) return false;
  if (kind === "output" && entry.type !== "task-output") return false;
  if (kind === "problems" && !isProblem(entry)) return false;
  if (words.length === 0) return true;
  const name = own === null ? "" : model.view.tasks[own]!.name;
  const note = entry.type === "task-output" ? entry.text : entryNote(entry, model.view);
  const text = `${name} ${note}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Whether a line is a failure, or output on an error stream or of a high level. */
function isProblem(entry: LogEntry): boolean {
  switch (entry.type) {
    case "task-output":
      return entry.level === "warn" || entry.level === "error";
    case "task-finished":
      return entry.outcome.status === "failed" || "error" in entry.outcome;
    default:
      return true;
  }
}
