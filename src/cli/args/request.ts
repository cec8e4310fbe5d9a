/** The request: the validated command line. The rest of the command reads no raw options. */
import type { GraphFormat } from "../../graph/graph_format.ts";
import type { Isolation } from "../../pool/isolation.ts";
import type { OutputMode } from "../../report/text/task_output_reporter.ts";
import type { RunPolicy } from "../../run/run_policy.ts";
import type { TagExpression } from "../../graph/tag_expression.ts";
import type { WatchRound } from "../watch/round_protocol.ts";

/** Standard output in place of a file name. */
export const STDOUT = "-";

/** Values of `--output`. */
export const OUTPUT_MODES: readonly OutputMode[] = ["live", "grouped", "failed", "none"];

/** Reporters for people: without a file they use the screen, which takes one reporter. */
export const SCREEN_REPORTERS = ["lines", "dot", "github"] as const;
/** Reporters for programs: without a file they use standard output, which takes one reporter. */
const DATA_REPORTERS = ["json", "junit", "tap", "trace", "html"] as const;
/** All reporters. */
export const REPORTERS = [...SCREEN_REPORTERS, ...DATA_REPORTERS] as const;

/** Name of a reporter. */
export type ReporterName = typeof REPORTERS[number];
/** Name of a reporter for people. */
export type ScreenReporterName = typeof SCREEN_REPORTERS[number];
/** Name of a reporter for programs. */
export type DataReporterName = typeof DATA_REPORTERS[number];

/** The shells that `--completions` supports. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
/** A shell that `--completions` supports. */
export type Shell = typeof SHELLS[number];
/** A value of `--completions`: the scripts call `--completions=profiles` to complete profiles. */
export type CompletionTarget = Shell | "profiles";

/**
 * Values of `--order`: by name, by the longest path of dependents, or by the same path weighted
 * with the durations of the last run.
 */
export const TASK_ORDERS = ["name", "path", "recorded"] as const;
/** A value of `--order`. */
export type TaskOrderName = typeof TASK_ORDERS[number];

/** The output on the screen during a run; `none` prints only the recap and the summary. */
export type ScreenKind = ScreenReporterName | "progress" | "viewer" | "none";

/** A reporter that writes to a file. */
export interface ReportFile {
  readonly name: ReporterName;
  /** The path as typed. */
  readonly file: string;
}

/** The selection of tasks. In a {@linkcode TypedRequest}, a text may contain several names. */
export interface SelectionRequest {
  /** Names and globs after `::`; empty selects every task. */
  readonly names: readonly string[];
  /** The tag expression that tasks have to match, if any. */
  readonly tags: TagExpression | undefined;
  /** Names and globs of excluded tasks. */
  readonly exclude: readonly string[];
  /** Whether all dependencies are selected too. */
  readonly withDeps: boolean;
  /** Whether all dependents are selected too. */
  readonly dependents: boolean;
}

/** A part of the selected tasks. */
export interface ShardRequest {
  /** Number of the shard, from 1. */
  readonly index: number;
  /** Number of shards. */
  readonly count: number;
}

/** The engine that runs tasks on remote workers. */
export interface EngineRequest {
  /** The URL as typed: `redis://host:6379`. */
  readonly address: string;
  /** ID of the run to start or resume; generated if undefined. */
  readonly runId: string | undefined;
}

/** Values of `--results`. */
export const RESULT_SOURCES = ["last"] as const;

/** The formats of `--list`. */
export const LIST_FORMATS = ["text", "json", "tags"] as const;
/** A format of `--list`. */
export type ListFormat = typeof LIST_FORMATS[number];

/** The action on the selected tasks. */
export type Action =
  | { readonly type: "run" }
  | { readonly type: "graph"; readonly format: GraphFormat }
  | { readonly type: "list"; readonly format: ListFormat }
  | { readonly type: "dry-run" };

/** A module of a request, or a folder or glob of modules until these are expanded. */
export interface ModuleRequest {
  /** The path or URL. */
  readonly path: string;
  /** The names after `::`, if the request has several modules; as typed. */
  readonly names: readonly string[];
  /** Whether the module is part of a folder or a glob. */
  readonly isExpanded: boolean;
}

/** The part of a request that has no task names to resolve. */
export interface RequestOptions {
  /** Path or URL of the module, as typed; those of several modules, separated by spaces. */
  readonly module: string;
  /** The modules, with folders and globs until these are expanded. */
  readonly modules: readonly ModuleRequest[];
  readonly action: Action;
  /** The part of the selected tasks to run; undefined for all of them. */
  readonly shard: ShardRequest | undefined;
  readonly workers: number | undefined;
  /** The engine of remote workers; undefined runs tasks on this machine. */
  readonly engine: EngineRequest | undefined;
  /** Isolation of tasks. */
  readonly isolate: Isolation;
  readonly skipDependents: boolean;
  readonly stateFile: string | undefined;
  /** Destination of the final state, if any: a file, or {@linkcode STDOUT}. */
  readonly stateOut: string | undefined;
  /** Policy of the run; options of a task take precedence over its defaults. */
  readonly policy: RunPolicy;
  /** Order of ready tasks. */
  readonly order: TaskOrderName;
  /** Whether the order is random; the seed is generated if the policy has none. */
  readonly isShuffled: boolean;
  /** Whether a flaky task, which passed only on a retry, fails the run. */
  readonly failOnFlaky: boolean;
  /** Number of runs, from 1. */
  readonly repeat: number;
  /** Whether the repetition continues after a failed run. */
  readonly keepGoing: boolean;
  /** Whether to rerun only what did not pass in the last run, and reuse the other results. */
  readonly rerunFailed: boolean;
  /** Whether dependencies that are not selected have the results of the last run. */
  readonly usesLastResults: boolean;
  /** Whether to reuse results even if the graph changed or the last run is still active. */
  readonly force: boolean;
  /** Whether the run is recorded in a journal. */
  readonly journal: boolean;
  /** Whether results are taken from the cache and stored in it. */
  readonly cache: boolean;
  /** The folder of the cache, as typed; undefined for the default. */
  readonly cacheDir: string | undefined;
  /** The git ref that selects the tasks that differ; undefined selects without git. */
  readonly changed: string | undefined;
  /** Whether the tasks run again when a file changes. */
  readonly watch: boolean;
  /** The round of a watch that this process runs; undefined if it runs no round. */
  readonly round?: WatchRound | undefined;
  /** State from `--key=value`, in the order of the arguments. */
  readonly state: ReadonlyMap<string, unknown>;
  readonly screen: ScreenKind;
  readonly output: OutputMode;
  /** The reporter on standard output, if any. */
  readonly data: DataReporterName | undefined;
  readonly files: readonly ReportFile[];
  /** Number of slowest tasks in the recap. */
  readonly durations: number;
  readonly log: boolean;
  readonly verbose: boolean;
  /** Notes to print on arguments that are valid but may be mistakes. */
  readonly notes: readonly string[];
}

/**
 * A request before the module is loaded. Task names may contain the separators of names and values,
 * so texts stay as typed until the tasks are known.
 */
export interface TypedRequest extends RequestOptions {
  readonly selection: SelectionRequest;
  /** `NAME=value` and `NAME:=json`. */
  readonly mocks: readonly string[];
  /** Names and globs of the tasks whose changed inputs are printed; undefined without `--why`. */
  readonly why: readonly string[] | undefined;
}

/** A request with resolved task names. */
export interface Request extends RequestOptions {
  readonly selection: SelectionRequest;
  /** Results from `--result-NAME=value`. */
  readonly mocks: ReadonlyMap<string, unknown>;
  /** The names of the tasks whose changed inputs are printed; undefined without `--why`. */
  readonly why: ReadonlySet<string> | undefined;
}

/** Whether standard output is for a program: a report or the state. */
export function isOutForData({ data, stateOut }: RequestOptions): boolean {
  return data !== undefined || stateOut === STDOUT;
}

/** Whether a run writes files other than its journal. */
export function writesFiles({ files, stateOut, log }: RequestOptions): boolean {
  return files.length > 0 || stateOut !== undefined || log;
}
