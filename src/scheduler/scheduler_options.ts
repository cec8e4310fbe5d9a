/** The options of a scheduler and of its tasks. */
import { didYouMean } from "../base/suggest.ts";
import type { Reporter } from "../events/reporter.ts";
import { type Engine, toEngineDriver } from "../pool/engine.ts";
import { type Isolation, ISOLATIONS } from "../pool/isolation.ts";
import { ENGINE_WORKERS_MAX, WORKERS_MAX } from "../runtime/worker_limits.ts";
import { type KnownOptions, validateOptions } from "../task/validate_options.ts";
import type { Dependencies, Resources } from "../task/function_types.ts";
import { POLICY_OPTIONS, type PolicyOptions, type When } from "../task/policy.ts";
import { checkRunPolicy, RUN_POLICY_OPTIONS, type RunPolicyOptions } from "../run/run_policy.ts";

/**
 * The way in which workers find the tasks:
 *
 * - `"import"`: each worker imports the module that registers the tasks at its top level.
 * - `"inline"`: there are no workers; tasks run on the main thread.
 */
export type SchedulerMode = "import" | "inline";

/**
 * Options of {@linkcode Scheduler}.
 *
 * ```ts
 * import { Scheduler } from "@thread-order/cli";
 *
 * const s = new Scheduler({
 *   workers: 4,
 *   state: { pages: [] },
 *   skipDependents: true,
 *   timeout: "30s",
 *   deadline: "10m",
 * });
 * ```
 *
 * @typeParam T The keys of the state and the types of their values.
 * @typeParam SkipsDependents The type of `skipDependents`.
 */
export interface SchedulerOptions<
  T extends object = object,
  SkipsDependents extends boolean = boolean,
> extends RunPolicyOptions {
  /**
   * Maximum number of threads, from 0 to 63; by default the number of cores or of tasks, whichever
   * is smaller, at most 8. 0 is the same as `mode: "inline"`. With an `engine`: maximum number of
   * running tasks on all machines, from 1 to 1000.
   */
  readonly workers?: number;
  /** Initial content of the shared state: a plain object, which is copied. */
  readonly state?: NoInfer<T>;
  /** Whether tasks' results are stored in `state.results`; true by default. */
  readonly storeResults?: boolean;
  /**
   * Whether `start()` first removes the results of an earlier start and of the option `state`; true
   * by default.
   */
  readonly clearResultsOnStart?: boolean;
  /**
   * Whether the run is logged: to standard error, and to one file per thread in the current folder,
   * such as `program_thread_0.log`; false by default.
   */
  readonly setupLogging?: boolean;
  /** With `setupLogging`: whether lines are written to standard error; true by default. */
  readonly addStreamHandler?: boolean;
  /** With `setupLogging`: whether log files are written; true by default. */
  readonly addFileHandler?: boolean;
  /** With `setupLogging`: an array of `[RegExp, color]` pairs, which highlight matching text. */
  readonly highlights?: unknown;
  /** With `setupLogging`: whether debug lines are included; false by default. */
  readonly verbose?: boolean;
  /** Whether tasks are skipped if a dependency did not pass; false by default. */
  readonly skipDependents?: SkipsDependents;
  /** Cancels the run when aborted. */
  readonly signal?: AbortSignal;
  /**
   * Receivers of a run's events. If there are any, they have to show the output of tasks, which is
   * printed otherwise.
   */
  readonly reporters?: readonly Reporter[];
  /**
   * URL of the module whose top level registers the tasks, such as `import.meta.url`; by default,
   * the modules that call `register`.
   */
  readonly module?: string;
  /** The way in which workers find the tasks; `"import"` by default. */
  readonly mode?: SchedulerMode;
  /** Isolation of tasks; `"worker"` by default, or `"inline"` if there are no workers. */
  readonly isolate?: Isolation;
  /**
   * A job queue whose remote workers run the tasks: the result of `bullmqEngine`, of
   * `@thread-order/cli/bullmq`. Conflicts with `isolate`, `keepWorkers` and `mode: "inline"`.
   */
  readonly engine?: Engine;
  /**
   * Whether workers are kept for the next start; false by default. They keep the process alive
   * until the scheduler is disposed of: declare it with `await using`.
   */
  readonly keepWorkers?: boolean;
}

/**
 * Options of {@linkcode Scheduler.register}. The type parameters are inferred from the options'
 * values.
 *
 * @typeParam A The type of `after`.
 * @typeParam W The type of `when`.
 * @typeParam WithState The type of `withState`.
 * @typeParam U The type of `use`.
 */
export interface RegisterOptions<
  A extends Dependencies = Dependencies,
  W extends When = When,
  WithState extends boolean = boolean,
  U extends Resources = Resources,
> extends PolicyOptions<W> {
  /**
   * The dependencies of the task: registered functions, names, or globs of names such as
   * `"test_*"`, in a list or by key. `task.results` has the same shape. They may be registered
   * later.
   */
  readonly after?: A;
  /** The resources that the task uses, by the keys that they have in `task.use`. */
  readonly use?: U;
  /** Whether the function receives the shared state as its first argument; false by default. */
  readonly withState?: WithState;
}

/** The keys of {@linkcode RegisterOptions}, for validation. */
export const REGISTER_OPTIONS: KnownOptions<RegisterOptions> = {
  after: true,
  use: true,
  withState: "boolean",
  ...POLICY_OPTIONS,
};

const SCHEDULER_OPTIONS: KnownOptions<SchedulerOptions> = {
  workers: true,
  state: true,
  signal: true,
  reporters: true,
  module: true,
  mode: true,
  isolate: true,
  engine: true,
  highlights: true,
  storeResults: "boolean",
  clearResultsOnStart: "boolean",
  setupLogging: "boolean",
  addStreamHandler: "boolean",
  addFileHandler: "boolean",
  verbose: "boolean",
  skipDependents: "boolean",
  keepWorkers: "boolean",
  ...RUN_POLICY_OPTIONS,
};

const MODES: readonly string[] = ["import", "inline"];

/**
 * Validates the options of a scheduler.
 *
 * @throws {RangeError} when `workers`, a duration or a count is out of range.
 * @throws {TypeError} when an option is unknown or has the wrong type, or two options conflict.
 */
export function checkOptions(options: SchedulerOptions): void {
  validateOptions(options, SCHEDULER_OPTIONS, "Cannot create a scheduler");
  const { workers, mode, isolate, engine } = options;
  checkRunPolicy(options);
  const [min, max] = engine === undefined ? [0, WORKERS_MAX] : [1, ENGINE_WORKERS_MAX];
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 0 && workers <= max)) {
    const expected = `an integer from ${min} to ${max}`;
    throw new RangeError(
      `Cannot create a scheduler with workers: ${Deno.inspect(workers)}: expected ${expected}`,
    );
  }
  if (engine !== undefined) checkEngine(engine, options);
  if (isolate !== undefined) checkIsolate(isolate, options);
  if (mode !== undefined && !MODES.includes(mode)) {
    const meant = typeof mode === "string" ? didYouMean(mode, MODES) : "";
    const hint = meant || `: expected one of ${MODES.join(", ")}`;
    throw new TypeError(`Cannot run in mode ${Deno.inspect(mode)}${hint}`);
  }
  checkObjects(options);
}

/**
 * Validates objects that are first used at the start, where a stack would no longer show their
 * origin.
 */
function checkObjects({ module, state, signal, reporters }: SchedulerOptions): void {
  if (module !== undefined && !URL.canParse(module)) {
    throw new TypeError(
      `Cannot find tasks in ${Deno.inspect(module)}: expected a URL, such as import.meta.url`,
    );
  }
  const reject = (value: unknown, role: string, expected: string) => {
    throw new TypeError(`Cannot use ${Deno.inspect(value)} as ${role}: expected ${expected}`);
  };
  if (state !== undefined && !isPlainObject(state)) reject(state, "the state", "a plain object");
  const { results = {} } = (state ?? {}) as { results?: unknown };
  if (!isPlainObject(results)) reject(results, "state.results", "a plain object");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    reject(signal, "the signal", "an AbortSignal");
  }
  if (reporters === undefined) return;
  if (!Array.isArray(reporters)) reject(reporters, "reporters", "an array");
  for (const reporter of reporters) {
    if (typeof reporter?.report !== "function") {
      reject(reporter, "a reporter", "an object with a method `report`");
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
  const conflict = workers === 0
    ? "workers: 0"
    : mode !== undefined && mode !== "import"
    ? `mode: "${mode}"`
    : isolate !== undefined
    ? `isolate: "${isolate}"`
    : keepWorkers
    ? "keepWorkers"
    : undefined;
  if (conflict === undefined) return;
  throw new TypeError(
    `Cannot use an engine together with \`${conflict}\`: an engine runs tasks on remote workers`,
  );
}

function checkIsolate(isolate: Isolation, { workers, mode }: SchedulerOptions): void {
  if (!ISOLATIONS.includes(isolate)) {
    throw new TypeError(
      `Cannot isolate tasks by ${Deno.inspect(isolate)}: expected one of ${ISOLATIONS.join(", ")}`,
    );
  }
  const isInline = mode === "inline" || workers === 0;
  if (isInline && isolate !== "inline") {
    throw new TypeError(
      `Cannot isolate tasks by ${isolate}: this scheduler runs tasks on the main thread`,
    );
  }
}

/** Whether tasks run on threads that share only this library's modules with the main program. */
export function startsThreads(options: SchedulerOptions): boolean {
  return options.engine === undefined && isolationOf(options) === "worker";
}

/** The isolation that follows from the options. */
export function isolationOf({ isolate, mode, workers }: SchedulerOptions): Isolation {
  return isolate ?? (mode === "inline" || workers === 0 ? "inline" : "worker");
}
