/** How a run is made, beyond what its tasks say themselves. */
import type { KnownOptions } from "../task/validate_options.ts";
import { type Duration, durationMs } from "../base/duration.ts";
import { checkRetries, checkTimeout } from "../task/policy.ts";
import type { RetryOptions, RetryPolicy } from "../task/policy.ts";

/**
 * What happens when enough tasks have failed: nothing new starts; running tasks are ended, too; or the run
 * goes on, as without it.
 */
export type FailFastMode = "no-new" | "kill" | "continue";

/** All of them, the usual one first. */
export const FAIL_FAST_MODES: readonly FailFastMode[] = ["no-new", "kill", "continue"];

/** Which of the tasks that could run goes first. */
export type TaskOrder = "name" | "path";

/** What may be said of how a run is made. */
export interface RunPolicyOptions {
  /** How long an attempt of a task may take that does not say so itself: milliseconds, or `"30s"`. */
  readonly timeout?: Duration;
  /** How often a task is tried again that does not say so itself. */
  readonly retries?: number | RetryOptions;
  /**
   * Cancels the run when a task has failed, or so many: nothing new starts. With the mode `"kill"` running
   * tasks are told to end, and lose their threads if they do not; `"continue"` is as without it.
   */
  readonly failFast?: boolean | number | { readonly count?: number; readonly mode?: FailFastMode };
  /** How long the run may take: then it is cancelled, and its tasks are ended. */
  readonly deadline?: Duration;
  /** Fails a task that reads a result of one it does not come after, near or far, or that no task has. */
  readonly strict?: boolean;
  /**
   * Which of the tasks that could run goes first: the first by name, as by default, or with `"path"` the
   * one with the longest path of tasks behind it.
   */
  readonly order?: TaskOrder;
  /** With the order `"path"`: how long tasks took before, in milliseconds by name. */
  readonly durations?: Readonly<Record<string, number>>;
  /** Takes tasks that could run in an order that follows from this number, rather than by name. */
  readonly shuffle?: number;
}

/** All of {@linkcode RunPolicyOptions}. */
export const RUN_POLICY_OPTIONS: KnownOptions<RunPolicyOptions> = {
  ...{ timeout: true, retries: true, failFast: true, deadline: true, order: true, durations: true },
  ...{ shuffle: true, strict: "boolean" },
};

/** The options, some of which may be there without a value. */
type GivenOptions = { readonly [K in keyof RunPolicyOptions]: RunPolicyOptions[K] | undefined };

/** How many numbers there are to shuffle by: from 0. */
export const SEEDS = 2 ** 32;

/** See the head of this file. What was not said is absent. */
export interface RunPolicy {
  /** How long an attempt may take, of a task that does not say so itself, in milliseconds. */
  readonly timeoutMs?: number;
  /** How often a task is tried again that does not say so itself. */
  readonly retries?: RetryPolicy;
  /** After how many failed tasks the run is cancelled, and how. */
  readonly failFast?: { readonly count: number; readonly mode: "no-new" | "kill" };
  /** How long the run may take, in milliseconds. */
  readonly deadlineMs?: number;
  /** Whether a task may read only results of tasks it comes after. */
  readonly isStrict?: boolean;
  /** Which of the tasks that could run goes first; by name where nothing is said. */
  readonly order?: TaskOrder;
  /** How long tasks took before, in milliseconds by name, for the order "path". */
  readonly durationsMs?: Readonly<Record<string, number>>;
  /** Tasks that could run are taken in an order that follows from this number. */
  readonly shuffleSeed?: number;
}

/**
 * Checks how a run is to be made.
 *
 * @throws {TypeError} or {RangeError}, naming the option.
 */
export function checkRunPolicy(options: GivenOptions): RunPolicy {
  const { timeout, retries, failFast, deadline, shuffle, strict, order, durations } = options;
  const failing = checkFailFast(failFast);
  return {
    ...(timeout === undefined ? {} : { timeoutMs: checkTimeout(timeout) }),
    ...(retries === undefined ? {} : { retries: checkRetries(retries) }),
    ...(failing === undefined ? {} : { failFast: failing }),
    ...(deadline === undefined ? {} : { deadlineMs: checkDeadline(deadline) }),
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
      `Cannot fail fast after ${Deno.inspect(count)} tasks: it is a number from 1`,
    );
  }
  if (!FAIL_FAST_MODES.includes(mode)) {
    throw new TypeError(
      `Cannot fail fast in the mode ${Deno.inspect(mode)}: it is "no-new", "kill" or "continue"`,
    );
  }
  return mode === "continue" ? undefined : { count, mode };
}

function checkDeadline(deadline: Duration): number {
  const deadlineMs = durationMs(deadline, "deadline");
  if (deadlineMs === 0) {
    throw new RangeError('Cannot use the deadline 0: leave "deadline" out for none');
  }
  return deadlineMs;
}

function checkOrder(order: TaskOrder): TaskOrder {
  if (order === "name" || order === "path") return order;
  throw new TypeError(`Cannot order tasks by ${Deno.inspect(order)}: it is "name" or "path"`);
}

function checkSeed(seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed < SEEDS) return seed;
  throw new RangeError(
    `Cannot shuffle by ${Deno.inspect(seed)}: it is a whole number from 0 to 2^32 - 1`,
  );
}
