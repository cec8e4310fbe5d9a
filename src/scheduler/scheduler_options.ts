/** How a scheduler, and a task of it, is set up. */
import { meantHint } from "../base/suggest.ts";
import type { Reporter } from "../events/run_event.ts";
import { type Engine, toEngineDriver } from "../pool/engine.ts";
import { type Isolation, ISOLATIONS } from "../pool/isolation.ts";
import { ENGINE_WORKERS_MAX, WORKERS_MAX } from "../runtime/worker_limits.ts";
import { type KnownOptions, validateOptions } from "../task/validate_options.ts";
import { POLICY_OPTIONS, type PolicyOptions } from "../task/policy.ts";
import { checkRunPolicy, RUN_POLICY_OPTIONS, type RunPolicyOptions } from "../run/run_policy.ts";

/** How tasks get onto other threads; see the README. */
export type SchedulerMode = "import" | "replay" | "inline";

/** How a scheduler is set up. */
export interface SchedulerOptions extends RunPolicyOptions {
  /** Threads at most; by default min(8, cores, tasks). 0 is `mode: "inline"`. */
  readonly workers?: number;
  /** What the shared state holds at first: a plain object, of which it takes a copy. */
  readonly state?: object;
  /** Whether what tasks return is kept in `state.results`; true by default. */
  readonly storeResults?: boolean;
  /** Whether results that are there, of a start before or given by `state`, are removed; true by default. */
  readonly clearResultsOnStart?: boolean;
  /** Whether the run is logged: lines on standard error and a file for each thread. */
  readonly setupLogging?: boolean;
  /** With `setupLogging`: whether there are lines on standard error; true by default. */
  readonly addStreamHandler?: boolean;
  /** With `setupLogging`: whether there are log files; true by default. */
  readonly addFileHandler?: boolean;
  /** With `setupLogging`: `[RegExp, colour]` pairs. */
  readonly highlights?: unknown;
  /** With `setupLogging`: whether debug lines are shown. */
  readonly verbose?: boolean;
  /** Whether tasks are skipped whose dependencies did not pass; false by default. */
  readonly skipDependents?: boolean;
  /** Cancels a run when it is aborted. */
  readonly signal?: AbortSignal;
  /** Who else gets the events of a run. */
  readonly reporters?: readonly Reporter[];
  /** The module whose top level registers the tasks; by default found from the call sites. */
  readonly module?: string;
  /** How tasks get onto other threads; "import" by default. */
  readonly mode?: SchedulerMode;
  /** How tasks are kept apart: each on a worker (by default), in a process, or not at all. */
  readonly isolate?: Isolation;
  /** Where tasks run, if not on this machine: see `@thread-order/cli/bullmq`. */
  readonly engine?: Engine;
  /** Whether workers stay for the next start; then the scheduler must be disposed of. */
  readonly keepWorkers?: boolean;
}

/** How a task is registered. */
export interface RegisterOptions extends PolicyOptions {
  /** The names of the tasks it comes after, in any order of registration. */
  readonly after?: readonly string[];
  /** Whether the function takes the shared state as its first argument; false by default. */
  readonly withState?: boolean;
}

/** All of {@linkcode RegisterOptions}. */
export const REGISTER_OPTIONS: KnownOptions<RegisterOptions> = {
  ...{ after: true, withState: "boolean" },
  ...POLICY_OPTIONS,
};

const SCHEDULER_OPTIONS: KnownOptions<SchedulerOptions> = {
  ...{ workers: true, state: true, signal: true, reporters: true, module: true, mode: true },
  ...{ isolate: true, engine: true, highlights: true, storeResults: "boolean" },
  ...{ clearResultsOnStart: "boolean", setupLogging: "boolean", addStreamHandler: "boolean" },
  ...{ addFileHandler: "boolean", verbose: "boolean", skipDependents: "boolean" },
  ...{ keepWorkers: "boolean", ...RUN_POLICY_OPTIONS },
};

const MODES: readonly string[] = ["import", "replay", "inline"];

/**
 * Refuses options that mean nothing.
 *
 * @throws {RangeError} when `workers` is not a whole number from 0, or a time or a count is none.
 * @throws {TypeError} when `mode` is none of the modes, or there is no such option.
 */
export function checkOptions(options: SchedulerOptions): void {
  validateOptions(options, SCHEDULER_OPTIONS, "Cannot make a scheduler");
  const { workers, mode, isolate, engine } = options;
  checkRunPolicy(options);
  const [least, most] = engine === undefined ? [0, WORKERS_MAX] : [1, ENGINE_WORKERS_MAX];
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 0 && workers <= most)) {
    const expected = `a whole number from ${least} to ${most}`;
    throw new RangeError(`Cannot run on ${Deno.inspect(workers)} workers: it is ${expected}`);
  }
  if (engine !== undefined) checkEngine(engine, options);
  if (isolate !== undefined) checkIsolate(isolate, options);
  if (mode !== undefined && !MODES.includes(mode)) {
    const meant = typeof mode === "string" ? meantHint(mode, MODES) : "";
    const hint = meant || `: it is one of ${MODES.join(", ")}`;
    throw new TypeError(`Cannot run in mode ${Deno.inspect(mode)}${hint}`);
  }
  checkObjects(options);
}

/** Values that are looked at when the scheduler is started, when nobody knows any more who gave them. */
function checkObjects({ module, state, signal, reporters }: SchedulerOptions): void {
  if (module !== undefined && !URL.canParse(module)) {
    throw new TypeError(
      `Cannot find tasks in ${Deno.inspect(module)}: \`module\` is a URL, such as import.meta.url`,
    );
  }
  const refuse = (value: unknown, role: string, expected: string) => {
    throw new TypeError(`Cannot use ${Deno.inspect(value)} as ${role}: it is ${expected}`);
  };
  if (state !== undefined && !isPlainObject(state)) refuse(state, "the state", "a plain object");
  const { results = {} } = (state ?? {}) as { results?: unknown };
  if (!isPlainObject(results)) refuse(results, "state.results", "a plain object");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    refuse(signal, "the signal", "an AbortSignal");
  }
  if (reporters === undefined) return;
  if (!Array.isArray(reporters)) refuse(reporters, "reporters", "an array");
  for (const reporter of reporters) {
    if (typeof reporter?.report !== "function") {
      refuse(reporter, "a reporter", "an object with a method `report`");
    }
  }
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function checkEngine(
  engine: Engine,
  { workers, mode, isolate, keepWorkers }: SchedulerOptions,
): void {
  toEngineDriver(engine);
  const other = workers === 0
    ? "workers: 0"
    : mode !== undefined && mode !== "import"
    ? `mode: "${mode}"`
    : isolate !== undefined
    ? `isolate: "${isolate}"`
    : keepWorkers
    ? "keepWorkers"
    : undefined;
  if (other === undefined) return;
  throw new TypeError(`Cannot use an engine together with \`${other}\`: its workers are elsewhere`);
}

function checkIsolate(isolate: Isolation, { workers, mode }: SchedulerOptions): void {
  if (!ISOLATIONS.includes(isolate)) {
    throw new TypeError(
      `Cannot isolate tasks by ${Deno.inspect(isolate)}: it is one of ${ISOLATIONS.join(", ")}`,
    );
  }
  const isInline = mode === "inline" || workers === 0;
  if (isInline && isolate !== "inline") {
    throw new TypeError(`Cannot isolate tasks by ${isolate} where they run on the main thread`);
  }
  if (mode === "replay" && isolate !== "worker") {
    throw new TypeError(
      `Cannot isolate tasks by ${isolate} in the mode "replay": it is for workers`,
    );
  }
}

/** Whether tasks run on threads that have nothing but the library in common with the main program. */
export function startsThreads(options: SchedulerOptions): boolean {
  const { engine, mode } = options;
  return engine === undefined && mode !== "replay" && isolationOf(options) === "worker";
}

/** How its tasks are kept apart. */
export function isolationOf({ isolate, mode, workers }: SchedulerOptions): Isolation {
  return isolate ?? (mode === "inline" || workers === 0 ? "inline" : "worker");
}
