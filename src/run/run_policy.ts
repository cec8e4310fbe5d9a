/** The policy of a run: time limits, retries, fail-fast and order. */
import type { KnownOptions } from "../task/validate_options.ts";
import { type Duration, durationMs } from "../base/duration.ts";
import { checkRetries, checkTimeout, checkTokens } from "../task/policy.ts";
import type { RetryOptions, RetryPolicy } from "../task/policy.ts";

/**
 * The effect of reaching the failure limit:
 *
 * - `"no-new"`: no more tasks start; running tasks finish.
 * - `"kill"`: running tasks are aborted as well, and terminated if they do not end.
 * - `"continue"`: none.
 */
export type FailFastMode = "no-new" | "kill" | "continue";

/** All modes, the default first. */
export const FAIL_FAST_MODES: readonly FailFastMode[] = ["no-new", "kill", "continue"];

/**
 * The order of ready tasks of equal priority:
 *
 * - `"name"`: by name.
 * - `"path"`: the task with the longest path of dependents first, which shortens the run.
 */
export type TaskOrder = "name" | "path";

/** Limits, retries and order of a run. */
export interface RunPolicyOptions {
  /**
   * Time limit of an attempt, for tasks without one of their own: milliseconds, or a duration such
   * as `"30s"`. None by default.
   */
  readonly timeout?: Duration;
  /**
   * Number of retries, or retries with delays, for tasks without retries of their own. None by
   * default.
   */
  readonly retries?: number | RetryOptions;
  /**
   * Number of failed tasks that cancels the run: `true` is 1, `false` (the default) no limit. An
   * object also has the effect on running tasks: `{ count: 3, mode: "kill" }`. The defaults are a
   * count of 1 and the mode `"no-new"`.
   */
  readonly failFast?: boolean | number | { readonly count?: number; readonly mode?: FailFastMode };
  /**
   * Time limit of the run: milliseconds, or a duration such as `"10m"`. Past it, the run is
   * cancelled and running tasks are aborted. None by default.
   */
  readonly deadline?: Duration;
  /**
   * Whether a task fails that reads the result of a task on which it does not depend, directly or
   * indirectly, or of a task that does not exist; false by default.
   */
  readonly strict?: boolean;
  /**
   * Number of tokens by name, which tasks take with their option `tokens`. By default, of each name
   * as many as the task with the most needs takes.
   */
  readonly tokens?: Readonly<Record<string, number>>;
  /** The order of ready tasks of equal priority; `"name"` by default. */
  readonly order?: TaskOrder;
  /**
   * With the order `"path"`: the tasks' earlier durations in milliseconds, by name, as weights of
   * the paths.
   */
  readonly durations?: Readonly<Record<string, number>>;
  /**
   * Seed of a random order of ready tasks, an integer from 0 to 2^32 - 1; replaces the order by
   * name.
   */
  readonly shuffle?: number;
}

/** The keys of {@linkcode RunPolicyOptions}, for validation. */
export const RUN_POLICY_OPTIONS: KnownOptions<RunPolicyOptions> = {
  timeout: true,
  retries: true,
  failFast: true,
  deadline: true,
  tokens: true,
  order: true,
  durations: true,
  shuffle: true,
  strict: "boolean",
};

/** The options, where a key may be present without a value. */
type GivenOptions = { readonly [K in keyof RunPolicyOptions]: RunPolicyOptions[K] | undefined };

/** Number of seeds: they are 32-bit words, from 0. */
export const SEEDS = 2 ** 32;

/** The policy of a run, validated. Options that were not given are absent. */
export interface RunPolicy {
  /** Time limit of an attempt in ms, for tasks without one of their own. */
  readonly timeoutMs?: number;
  /** The retries of tasks without retries of their own. */
  readonly retries?: RetryPolicy;
  /** Number of failed tasks that cancels the run, and the effect on running tasks. */
  readonly failFast?: { readonly count: number; readonly mode: "no-new" | "kill" };
  /** Time limit of the run, in ms. */
  readonly deadlineMs?: number;
  /** Whether a task may read only the results of its direct and indirect dependencies. */
  readonly isStrict?: boolean;
  /** Number of tokens by name, where it is given. */
  readonly tokens?: ReadonlyMap<string, number>;
  /** The order of ready tasks; by name if absent. */
  readonly order?: TaskOrder;
  /** The tasks' earlier durations in ms, by name, for the order "path". */
  readonly durationsMs?: Readonly<Record<string, number>>;
  /** Seed of a random order of ready tasks. */
  readonly shuffleSeed?: number;
}

/**
 * Validates the options of a run's policy.
 *
 * @throws {TypeError} or {RangeError}, naming the option.
 */
export function checkRunPolicy(options: GivenOptions): RunPolicy {
  const { timeout, retries, failFast, deadline, shuffle, strict, order, durations } = options;
  const { tokens } = options;
  const failing = checkFailFast(failFast);
  return {
    ...(timeout === undefined ? {} : { timeoutMs: checkTimeout(timeout) }),
    ...(retries === undefined ? {} : { retries: checkRetries(retries) }),
    ...(failing === undefined ? {} : { failFast: failing }),
    ...(deadline === undefined ? {} : { deadlineMs: checkDeadline(deadline) }),
    ...(tokens === undefined ? {} : { tokens: new Map(checkTokens(tokens)) }),
    ...(order === undefined ? {} : { order: checkOrder(order) }),
    ...(durations === undefined ? {} : { durationsMs: durations }),
    ...(strict === undefined ? {} : { isStrict: strict }),
    ...(shuffle === undefined ? {} : { shuffleSeed: checkSeed(shuffle) }),
  };
}

function checkFailFast(failFast: RunPolicyOptions["failFast"]): RunPolicy["failFast"] {
  if (failFast === undefined || failFast === false) return undefined;
  const { count = 1, mode = "no-new" } = typeof failFast === "object"
    ? failFast
    : { count: failFast === true ? 1 : failFast };
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot fail fast after ${Deno.inspect(count)} tasks: expected a positive integer`,
    );
  }
  if (!FAIL_FAST_MODES.includes(mode)) {
    throw new TypeError(
      `Cannot fail fast in mode ${Deno.inspect(mode)}: expected "no-new", "kill" or "continue"`,
    );
  }
  return mode === "continue" ? undefined : { count, mode };
}

function checkDeadline(deadline: Duration): number {
  const deadlineMs = durationMs(deadline, "deadline");
  if (deadlineMs === 0) {
    throw new RangeError('Cannot use the deadline 0: omit "deadline" for none');
  }
  return deadlineMs;
}

function checkOrder(order: TaskOrder): TaskOrder {
  if (order === "name" || order === "path") return order;
  throw new TypeError(`Cannot order tasks by ${Deno.inspect(order)}: expected "name" or "path"`);
}

function checkSeed(seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed < SEEDS) return seed;
  throw new RangeError(
    `Cannot shuffle by ${Deno.inspect(seed)}: expected an integer from 0 to 2^32 - 1`,
  );
}
