/** What the user asked for, as the rest of the command reads it: no option is looked at twice. */
import type { GraphFormat } from "../../graph/graph_format.ts";
import type { Isolation } from "../../pool/isolation.ts";
import type { OutputMode } from "../../report/text/task_output.ts";
import type { RunPolicy } from "../../run/run_policy.ts";
import type { TagExpression } from "../../graph/tag_expression.ts";

/** Stands for the standard output where a file could, as elsewhere. */
export const STDOUT = "-";

/** How what tasks print and log is shown. */
export const OUTPUT_MODES: readonly OutputMode[] = ["live", "grouped", "failed", "none"];

/** Reporters for people: without a file they are the screen, of which there is one. */
export const SCREEN_REPORTERS = ["lines", "dot", "github"] as const;
/** Reporters for programs: without a file they take the standard output, for one of them. */
const DATA_REPORTERS = ["json", "junit", "tap", "trace", "html"] as const;
/** All reporters. */
export const REPORTERS = [...SCREEN_REPORTERS, ...DATA_REPORTERS] as const;

/** A reporter's name. */
export type ReporterName = typeof REPORTERS[number];
/** The reporters that may be the screen. */
export type ScreenReporterName = typeof SCREEN_REPORTERS[number];
/** The reporters that may take the standard output. */
export type DataReporterName = typeof DATA_REPORTERS[number];

/** The shells that `--completions` knows. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
/** See {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/** What `--order` takes: by name, by the path of tasks behind, by its length in the last run. */
export const TASK_ORDERS = ["name", "path", "recorded"] as const;
/** See {@linkcode TASK_ORDERS}. */
export type TaskOrderName = typeof TASK_ORDERS[number];

/** What people look at during a run; `none` leaves them the recap and the summary. */
export type ScreenKind = ScreenReporterName | "progress" | "viewer" | "none";

/** A reporter that writes to a file. */
export interface ReportFile {
  readonly name: ReporterName;
  /** As typed. */
  readonly file: string;
}

/** Which tasks. In a {@linkcode TypedRequest} a text may hold several names. */
export interface SelectionRequest {
  /** Names and globs, after `::`; none means every task. */
  readonly names: readonly string[];
  /** Which tags they must have, if any. */
  readonly tags: TagExpression | undefined;
  /** Names and globs to leave out. */
  readonly exclude: readonly string[];
  /** And everything they need. */
  readonly withDeps: boolean;
  /** And everything that needs them. */
  readonly dependents: boolean;
}

/** An engine, for tasks that run on other machines. */
export interface EngineRequest {
  /** As typed: `redis://host:6379`. */
  readonly address: string;
  /** Which run to begin, or to go on with. */
  readonly runId: string | undefined;
}

/** What is done with the tasks. */
export type Action =
  | { readonly type: "run" }
  | { readonly type: "graph"; readonly format: GraphFormat }
  | { readonly type: "list" }
  | { readonly type: "dry-run" };

/** What is asked for apart from tasks by their names. */
export interface RequestOptions {
  /** The module, as typed. */
  readonly module: string;
  readonly action: Action;
  readonly workers: number | undefined;
  /** Where tasks run, if not on this machine. */
  readonly engine: EngineRequest | undefined;
  /** How tasks are kept apart. */
  readonly isolate: Isolation;
  readonly skipDependents: boolean;
  readonly stateFile: string | undefined;
  /** Where the state is written to, if anywhere: a file, or {@linkcode STDOUT}. */
  readonly stateOut: string | undefined;
  /** How a run is made, beyond what tasks say. */
  readonly policy: RunPolicy;
  /** What decides which of the tasks that could run goes first. */
  readonly order: TaskOrderName;
  /** Whether the order is shuffled; by a seed to be chosen, where the policy has none. */
  readonly isShuffled: boolean;
  /** Whether a task that passed on a retry only fails the run. */
  readonly failOnFlaky: boolean;
  /** How many runs are made, from 1, as long as they go well. */
  readonly repeat: number;
  /** Whether to go on with the last run, rather than to run all. */
  readonly rerunFailed: boolean;
  /** Whether to do that though the graph has changed. */
  readonly force: boolean;
  /** Whether a journal is kept. */
  readonly journal: boolean;
  /** State from `--key=value`, in the order typed. */
  readonly state: ReadonlyMap<string, unknown>;
  readonly screen: ScreenKind;
  readonly output: OutputMode;
  /** The report on the standard output, if there is one. */
  readonly data: DataReporterName | undefined;
  readonly files: readonly ReportFile[];
  /** How many of the slowest tasks the recap names. */
  readonly durations: number;
  readonly log: boolean;
  readonly verbose: boolean;
  /** Things that may be mistakes, though they mean something as typed. */
  readonly notes: readonly string[];
}

/**
 * What is asked for, before the module is loaded: names of tasks may hold what parts them from other names
 * and from values, so texts stay as they were typed.
 */
export interface TypedRequest extends RequestOptions {
  readonly selection: SelectionRequest;
  /** `NAME=value` and `NAME:=json`. */
  readonly mocks: readonly string[];
}

/** See the head of this file. */
export interface Request extends RequestOptions {
  readonly selection: SelectionRequest;
  /** Results from `--result-NAME=value`. */
  readonly mocks: ReadonlyMap<string, unknown>;
}

/** Whether the standard output is for a program, and not for people. */
export function isOutForData({ data, stateOut }: RequestOptions): boolean {
  return data !== undefined || stateOut === STDOUT;
}

/** Whether a run writes any files but its journal. */
export function writesFiles({ files, stateOut, log }: RequestOptions): boolean {
  return files.length > 0 || stateOut !== undefined || log;
}
