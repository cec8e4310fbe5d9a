/**
 * The format of a journal: an append-only log of a run's outcomes and results, written as they
 * occur, so that a killed run can be rerun from there.
 *
 * ## Lines
 *
 * Each line is a JSON object. A line without a line break is ignored: the run was killed while
 * writing it.
 *
 * - The first line is the head. It lists the tasks of the run; all other lines refer to a task by
 *   its index in that list.
 * - Next are `taken` lines `passed`, for the tasks whose results are reused from an earlier run.
 *   The journal has begun once they are complete; until then the journal before it counts as the
 *   last.
 * - The others are in the order of events: `started` for each attempt; `passed`, `failed`,
 *   `skipped` or `cancelled` once for each task; and `finished` at the end of the run. `ms` is the
 *   duration of the last attempt, `error` a short form of its error.
 *
 * A result is JSON under `result`; or, if JSON would lose a part of it, base64 of its encoding in
 * the shared state, under `bytes`; or `omitted`, if it is too large. A result of undefined has none
 * of these. `wrote` lists the keys of the state that the task wrote.
 */

/**
 * Version of the format. Increment it with each incompatible change, including changes of the value
 * encoding (src/state/log/value_kinds.ts).
 */
export const JOURNAL_VERSION = 3;

/** The first line. */
export interface JournalHead {
  /** The version of the format. */
  readonly journal: typeof JOURNAL_VERSION;
  /** The module's path relative to the current folder, or its URL. */
  readonly module: string;
  /** A hash of the module's file; null if unknown. */
  readonly hash: string | null;
  /** Wall-clock time, ISO 8601. */
  readonly startedAt: string;
  /** The ID of the process. */
  readonly pid: number;
  /** The names of the tasks. */
  readonly names: readonly string[];
  /** The dependencies of each task, as indexes. */
  readonly after: readonly (readonly number[])[];
  /**
   * Results mocked on the command line, as `toComparable` returns them. Their tasks are not in
   * `names`.
   */
  readonly given: readonly (readonly [name: string, result: unknown])[];
  /**
   * A hash of the value of each case; null if the value contains something that cannot be compared,
   * such as a function or an instance of a class.
   */
  readonly cases: readonly (readonly [name: string, hash: string | null])[];
  /** A hash of the source of each task's function, by the task's name without its case. */
  readonly code: readonly (readonly [name: string, hash: string])[];
  /** The state given on the command line. */
  readonly state: StateInput;
  /** Number of tasks whose results are reused. */
  readonly taken: number;
}

/** The state given on the command line, before `setupState`. */
export interface StateInput {
  /** `--key=value` and `--key:=json`. */
  readonly assigned: readonly (readonly [key: string, value: unknown])[];
  /** `--state-file`, as typed, and a hash of the file's content. */
  readonly file: { readonly path: string; readonly hash: string } | null;
}

/** The result of a task in a `passed` line. */
export interface StoredResult {
  /** The result as JSON. */
  readonly result?: unknown;
  /** The result in the encoding of the shared state, as base64. */
  readonly bytes?: string;
  /** Whether the result is missing because it is too large. */
  readonly omitted?: true;
  /** The keys of the state that the task wrote. */
  readonly wrote?: readonly string[];
}
