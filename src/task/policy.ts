/**
 * Execution policy of a task: timeout, retries, mutexes, weight, priority, condition, permissions.
 * Options are validated here once, and are plain data afterwards.
 */
import { type KnownOptions, validateOptions } from "./validate_options.ts";
import { type Duration, durationMs } from "../base/duration.ts";
import { checkPermissions, type TaskPermissions } from "./task_permissions.ts";

/**
 * The condition under which a task runs, evaluated when all its dependencies have finished:
 *
 * - `"passed"`: all of them passed.
 * - `"always"`: in any case, as for cleaning up.
 * - `"failed"`: one of them failed, or was skipped because of a failure.
 *
 * A task without dependencies always runs.
 */
export type When = "passed" | "always" | "failed";

/**
 * Retries of a failed task, with a delay that grows exponentially.
 *
 * ```ts
 * import { mark } from "@thread-order/cli";
 *
 * // At most 4 attempts; waits 100 ms, 300 ms and 500 ms between them.
 * export const fetched = mark(
 *   { retries: { count: 3, delay: "100ms", factor: 3, maxDelay: 500 } },
 *   () => "page",
 * );
 * ```
 */
export interface RetryOptions {
  /** Number of attempts after the first, from 0 to 1000. */
  readonly count: number;
  /** Delay before the second attempt; none by default. */
  readonly delay?: Duration;
  /** Factor by which the delay grows with each attempt, at least 1; 2 by default. */
  readonly factor?: number;
  /** Maximum delay; one minute by default, or `delay` if that is longer. */
  readonly maxDelay?: Duration;
  /**
   * Fraction of the delay that is random, so that tasks do not retry in lockstep: from 0 (the
   * default) to 1. With 0.5 a delay is shortened by up to half.
   */
  readonly jitter?: number;
}

/**
 * Options of the execution of a task: for `mark` and for {@linkcode Scheduler.register}.
 *
 * ```ts
 * import { mark } from "@thread-order/cli";
 *
 * export const migrate = mark({ timeout: "30s", retries: 2, mutex: "database" }, () => {});
 * export const cleanUp = mark({ after: [migrate], when: "always" }, () => {});
 * ```
 *
 * @typeParam W The type of `when`.
 */
export interface PolicyOptions<W extends When = When> {
  /**
   * Time limit of an attempt: milliseconds, or a duration such as `"30s"`. A longer attempt fails,
   * and its `task.signal` is aborted. By default the time limit of the run, if it has one.
   */
  readonly timeout?: Duration;
  /**
   * Number of retries after a failure, or retries with delays. By default those of the run, if it
   * has any.
   */
  readonly retries?: number | RetryOptions;
  /** Names of mutexes: tasks that share a name never run at the same time. */
  readonly mutex?: string | readonly string[];
  /**
   * Tokens that the task holds while it runs, by name: `{ gpu: 1, "api.github.com": 2 }`. The run
   * has a number of each (`--tokens gpu=2`); by default, as many as the task with the most needs.
   */
  readonly tokens?: Readonly<Record<string, number>>;
  /**
   * Number of threads that the task counts for, from 1 (the default) to 64. More than the run has
   * is the same as all of them.
   */
  readonly weight?: number;
  /** Priority among ready tasks: higher numbers run first; 0 by default. */
  readonly priority?: number;
  /** Condition under which the task runs; `"passed"` by default. */
  readonly when?: W;
  /**
   * Permissions of the task, where it needs fewer than the run has; by default all that the run
   * has. Requires isolation by processes: `--isolate=process`.
   */
  readonly permissions?: "none" | TaskPermissions;
}

/** Validated {@linkcode RetryOptions} with defaults applied. */
export interface RetryPolicy {
  /** Number of attempts after the first. */
  readonly count: number;
  /** Delay before the second attempt, in milliseconds. */
  readonly delayMs: number;
  /** Factor by which the delay grows. */
  readonly factor: number;
  /** Maximum delay, in milliseconds. */
  readonly maxDelayMs: number;
  /** Fraction of the delay that is random, from 0 to 1. */
  readonly jitter: number;
}

/** Validated {@linkcode PolicyOptions}. Unset options are absent. */
export interface TaskPolicy {
  /** Time limit of an attempt, in milliseconds. */
  readonly timeoutMs?: number;
  /** Retries after a failure. */
  readonly retries?: RetryPolicy;
  /** Names of mutexes, sorted and distinct. */
  readonly mutex?: readonly string[];
  /** Number of tokens by name, sorted by name. */
  readonly tokens?: readonly (readonly [name: string, count: number])[];
  /** Number of threads that the task counts for. */
  readonly weight?: number;
  /** Priority among ready tasks: higher ones run first. */
  readonly priority?: number;
  /** Condition under which the task runs. */
  readonly when?: When;
  /** Permissions of the task, if fewer than those of the run. */
  readonly permissions?: TaskPermissions;
}

/** The names of all {@linkcode PolicyOptions}. */
export const POLICY_OPTIONS: KnownOptions<PolicyOptions> = {
  timeout: true,
  retries: true,
  mutex: true,
  tokens: true,
  weight: true,
  priority: true,
  when: true,
  permissions: true,
};

const WHENS: readonly string[] = ["passed", "always", "failed"];
export const RETRIES_MAX = 1000;
const WEIGHT_MAX = 64;

/**
 * Validates the options of a task's execution.
 *
 * @returns The policy, or undefined if no option is set.
 * @throws {TypeError} or {RangeError}, naming the option.
 */
export function checkPolicy(options: PolicyOptions): TaskPolicy | undefined {
  const { timeout, retries, mutex, tokens, weight, priority, when, permissions } = options;
  const policy: { -readonly [K in keyof TaskPolicy]: TaskPolicy[K] } = {};
  if (timeout !== undefined) policy.timeoutMs = checkTimeout(timeout);
  if (retries !== undefined) policy.retries = checkRetries(retries);
  if (mutex !== undefined) policy.mutex = checkMutex(mutex);
  if (tokens !== undefined) policy.tokens = checkTokens(tokens);
  if (weight !== undefined) policy.weight = wholeNumber("weight", weight, 1, WEIGHT_MAX);
  if (priority !== undefined) policy.priority = checkPriority(priority);
  if (when !== undefined) policy.when = checkWhen(when);
  if (permissions !== undefined) policy.permissions = checkPermissions(permissions);
  return Object.keys(policy).length > 0 ? policy : undefined;
}

/**
 * Validates a timeout.
 *
 * @returns Milliseconds.
 */
export function checkTimeout(timeout: Duration): number {
  const timeoutMs = durationMs(timeout, "timeout");
  if (timeoutMs === 0) {
    throw new RangeError('Cannot use the timeout 0: leave "timeout" out for none');
  }
  return timeoutMs;
}

const RETRY_OPTIONS: KnownOptions<RetryOptions> = {
  count: true,
  delay: true,
  factor: true,
  maxDelay: true,
  jitter: true,
};

/** Validates the retries of a task. */
export function checkRetries(retries: number | RetryOptions): RetryPolicy {
  const options = typeof retries === "number" ? { count: retries } : retries;
  if (options === null || typeof options !== "object") {
    throw new TypeError(
      `Cannot retry ${Deno.inspect(retries)}: expected a number or an object`,
    );
  }
  validateOptions(options, RETRY_OPTIONS, "Cannot retry");
  const { count, delay = 0, factor = 2, maxDelay, jitter = 0 } = options;
  if (typeof factor !== "number" || !(factor >= 1)) {
    throw new RangeError(
      `Cannot retry with the factor ${Deno.inspect(factor)}: expected a number of at least 1`,
    );
  }
  if (typeof jitter !== "number" || !(jitter >= 0 && jitter <= 1)) {
    throw new RangeError(
      `Cannot retry with the jitter ${Deno.inspect(jitter)}: expected a number from 0 to 1`,
    );
  }
  const delayMs = durationMs(delay, "delay");
  return {
    count: wholeNumber("retries", count, 0, RETRIES_MAX),
    delayMs,
    factor,
    maxDelayMs: durationMs(maxDelay ?? Math.max(delayMs, 60_000), "maxDelay"),
    jitter,
  };
}

/**
 * Computes the delay before the next attempt in milliseconds: exponential backoff with jitter.
 *
 * @param attempt The number of the failed attempt, from 1.
 * @param random A random number from 0 up to 1.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: number): number {
  const { delayMs, factor, maxDelayMs, jitter } = policy;
  if (delayMs === 0) return 0; // also avoids 0 * Infinity
  const wholeMs = Math.min(delayMs * factor ** (attempt - 1), maxDelayMs);
  return Math.round(wholeMs * (1 - jitter * random));
}

function checkMutex(mutex: string | readonly string[]): readonly string[] {
  const names = typeof mutex === "string" ? [mutex] : mutex;
  if (!Array.isArray(names) || names.some((name) => typeof name !== "string" || name === "")) {
    throw new TypeError(
      `Cannot use the mutex ${Deno.inspect(mutex)}: expected a name or a list of names`,
    );
  }
  return [...new Set(names)].sort();
}

/** Maximum number of tokens of one name. */
const TOKENS_MAX = 1_000_000;

/**
 * Validates numbers of tokens.
 *
 * @returns The numbers by name, sorted by name.
 * @throws {TypeError} when the value is not an object of numbers.
 * @throws {RangeError} when a number is not an integer from 1.
 */
export function checkTokens(
  tokens: Readonly<Record<string, number>>,
): readonly (readonly [name: string, count: number])[] {
  if (tokens === null || typeof tokens !== "object" || Array.isArray(tokens)) {
    throw new TypeError(
      `Cannot use the tokens ${Deno.inspect(tokens)}: expected numbers by name, as in { db: 1 }`,
    );
  }
  const counts = Object.entries(tokens);
  for (const [name, count] of counts) {
    if (Number.isInteger(count) && count >= 1 && count <= TOKENS_MAX) continue;
    throw new RangeError(
      `Cannot use ${Deno.inspect(count)} tokens "${name}": expected an integer from 1 to ` +
        TOKENS_MAX,
    );
  }
  return counts.sort(([a], [b]) => a < b ? -1 : 1);
}

function checkPriority(priority: number): number {
  if (!Number.isFinite(priority)) {
    throw new TypeError(`Cannot use the priority ${Deno.inspect(priority)}: expected a number`);
  }
  return priority;
}

function checkWhen(when: When): When {
  if (WHENS.includes(when)) return when;
  throw new TypeError(
    `Cannot run a task when ${Deno.inspect(when)}: expected "passed", "always" or "failed"`,
  );
}

/**
 * Validates an integer.
 *
 * @throws {RangeError} naming the option and the bounds.
 */
export function wholeNumber(option: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(
    `Cannot use ${option} ${Deno.inspect(value)}: expected an integer from ${min} to ${max}`,
  );
}
