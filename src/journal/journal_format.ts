/**
 * The journal of a run: what its tasks came to, written down as it happens, so that a run that was killed
 * can be gone on with.
 *
 * ## The lines
 *
 * One JSON object a line. A line counts once its line break is there: what a killed run has left of its
 * last line is no line.
 *
 * - The head comes first. It has the tasks of the run; in all other lines a task is its place in there.
 * - Right after it come `taken` lines of tasks that passed in a run before, and did not run in this one.
 *   They are the run's inheritance: until the last of them is there, the journal has not begun, and the
 *   one before it is the last.
 * - Then, as they happen: `started` for each attempt; `passed`, `failed`, `skipped` or `cancelled` once
 *   for each task; and `finished` at the end of the run. `ms` is how long the last attempt took, and
 *   `error`, in short, why it failed.
 *
 * A result is JSON under `result`, or, where JSON would lose something of it, base64 of the bytes that
 * the shared state has for it, under `bytes`; or `omitted`, where it is too large. A task that returned
 * undefined has none of these. `wrote` has the keys of the state that the task has written.
 */

/** Changes when a reader would have to: also when the bytes of values change (state/log/value_kinds.ts). */
export const JOURNAL_VERSION = 2;

/** The first line. */
export interface JournalHead {
  /** Which version of the format. */
  readonly journal: typeof JOURNAL_VERSION;
  /** The module: its path from the folder the journal is in, or its URL. */
  readonly module: string;
  /** What its content came to; null when that is not known. */
  readonly hash: string | null;
  /** Wall-clock time, ISO 8601. */
  readonly startedAt: string;
  /** The process. */
  readonly pid: number;
  /** The names of the tasks. */
  readonly names: readonly string[];
  /** What each of them comes after. */
  readonly after: readonly (readonly number[])[];
  /** Results that were given on the command line; their tasks are not among the others. */
  readonly given: readonly (readonly [name: string, result: unknown])[];
  /**
   * Of each task that is a case of another, a hash of its value; null where the value holds something that
   * cannot be compared: a function, an instance of a class.
   */
  readonly cases: readonly (readonly [name: string, hash: string | null])[];
  /** The state that was given to the run. */
  readonly state: StateInput;
  /** How many tasks were taken over. */
  readonly taken: number;
}

/** The state that a run was given, before its `setupState`. */
export interface StateInput {
  /** `--key=value` and `--key:=json`. */
  readonly assigned: readonly (readonly [key: string, value: unknown])[];
  /** `--state-file`, as typed, and a hash of what it held. */
  readonly file: { readonly path: string; readonly hash: string } | null;
}

/** A result, as a line has it. */
export interface StoredResult {
  /** As JSON. */
  readonly result?: unknown;
  /** As bytes of the shared state, in base64. */
  readonly bytes?: string;
  /** It is too large. */
  readonly omitted?: true;
  /** The keys of the state that the task has written. */
  readonly wrote?: readonly string[];
}
