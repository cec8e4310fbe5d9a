/**
 * How a task is run, beyond its place in the order: how long it may take, how often it is tried, what it
 * excludes, when it runs. Options are checked here once, and are plain data from then on.
 */
import { type KnownOptions, validateOptions } from "./validate_options.ts";
import { type Duration, durationMs } from "../base/duration.ts";
import { checkPermissions, type TaskPermissions } from "./task_permissions.ts";

/**
 * When a task runs, its dependencies having ended: when all passed; always; or when one of them failed,
 * or was skipped since a task before it failed. A task without dependencies runs in each case.
 */
export type When = "passed" | "always" | "failed";

/** How often a task that fails is tried again, and after what time. */
export interface RetryOptions {
  /** How many more attempts there are after the first, from 0. */
  readonly count: number;
  /** How long to wait before the second attempt; none by default. */
  readonly delay?: Duration;
  /** What each further wait is multiplied by; 2 by default. */
  readonly factor?: number;
  /** The longest wait; one minute by default, or `delay` if that is longer. */
  readonly maxDelay?: Duration;
  /** Which part of a wait is left to chance, so that tasks do not come back all at once: 0 (default) to 1. */
  readonly jitter?: number;
}

/** What may be said of how a task is run. */
export interface PolicyOptions {
  /** How long an attempt may take, in milliseconds or as `"30s"`; then it has failed. */
  readonly timeout?: Duration;
  /** How often it is tried again when it fails. */
  readonly retries?: number | RetryOptions;
  /** Names of locks: tasks that name the same one never run at the same time. */
  readonly mutex?: string | readonly string[];
  /** How many of the threads it counts for, from 1: all of them at most. */
  readonly weight?: number;
  /** Among tasks that could run, those of the highest priority run first; 0 by default. */
  readonly priority?: number;
  /** When it runs; `"passed"` by default. With `"failed"` and without `after` it always runs. */
  readonly when?: When;
  /** What it may do, if less than the run may; needs `--isolate=process`. */
  readonly permissions?: "none" | TaskPermissions;
}

/** {@linkcode RetryOptions}, checked and complete. */
export interface RetryPolicy {
  /** How many more attempts there are after the first. */
  readonly count: number;
  /** How long to wait before the second attempt, in milliseconds. */
  readonly delayMs: number;
  /** What each further wait is multiplied by. */
  readonly factor: number;
  /** The longest wait, in milliseconds. */
  readonly maxDelayMs: number;
  /** Which part of a wait is left to chance, from 0 to 1. */
  readonly jitter: number;
}

/** {@linkcode PolicyOptions}, checked. What was not said is absent. */
export interface TaskPolicy {
  /** How long an attempt may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** How often it is tried again when it fails. */
  readonly retries?: RetryPolicy;
  /** Names of locks, sorted, each once. */
  readonly mutex?: readonly string[];
  /** How many of the threads it counts for. */
  readonly weight?: number;
  /** The highest goes first. */
  readonly priority?: number;
  /** When it runs. */
  readonly when?: When;
  /** What it may do, if less than the run may. */
  readonly permissions?: TaskPermissions;
}

/** All of {@linkcode PolicyOptions}. */
export const POLICY_OPTIONS: KnownOptions<PolicyOptions> = {
  ...{ timeout: true, retries: true, mutex: true, weight: true, priority: true, when: true },
  permissions: true,
};

const WHENS: readonly string[] = ["passed", "always", "failed"];
const RETRIES_MAX = 1000;
const WEIGHT_MAX = 64;

/**
 * Checks how a task is to be run.
 *
 * @returns The policy, or undefined when nothing was said.
 * @throws {TypeError} or {RangeError}, naming the option.
 */
export function checkPolicy(options: PolicyOptions): TaskPolicy | undefined {
  const { timeout, retries, mutex, weight, priority, when, permissions } = options;
  const policy: { -readonly [K in keyof TaskPolicy]: TaskPolicy[K] } = {};
  if (timeout !== undefined) policy.timeoutMs = checkTimeout(timeout);
  if (retries !== undefined) policy.retries = checkRetries(retries);
  if (mutex !== undefined) policy.mutex = checkMutex(mutex);
  if (weight !== undefined) policy.weight = wholeNumber("weight", weight, 1, WEIGHT_MAX);
  if (priority !== undefined) policy.priority = checkPriority(priority);
  if (when !== undefined) policy.when = checkWhen(when);
  if (permissions !== undefined) policy.permissions = checkPermissions(permissions);
  return Object.keys(policy).length > 0 ? policy : undefined;
}

/**
 * Checks a timeout.
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
  ...{ count: true, delay: true, factor: true, maxDelay: true, jitter: true },
};

/** Checks how often a task is tried again. */
export function checkRetries(retries: number | RetryOptions): RetryPolicy {
  const options = typeof retries === "number" ? { count: retries } : retries;
  if (options === null || typeof options !== "object") {
    throw new TypeError(
      `Cannot retry ${Deno.inspect(retries)}: "retries" is a number or an object`,
    );
  }
  validateOptions(options, RETRY_OPTIONS, "Cannot retry");
  const { count, delay = 0, factor = 2, maxDelay, jitter = 0 } = options;
  if (typeof factor !== "number" || !(factor >= 1)) {
    throw new RangeError(
      `Cannot retry with the factor ${Deno.inspect(factor)}: it is a number from 1`,
    );
  }
  if (typeof jitter !== "number" || !(jitter >= 0 && jitter <= 1)) {
    throw new RangeError(`Cannot retry with the jitter ${Deno.inspect(jitter)}: it is from 0 to 1`);
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
 * How long a task waits for its next attempt, in milliseconds.
 *
 * @param attempt The attempt that has failed, from 1.
 * @param random From 0 up to 1: what is left to chance.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: number): number {
  const { delayMs, factor, maxDelayMs, jitter } = policy;
  if (delayMs === 0) return 0; // whatever it is multiplied by
  const wholeMs = Math.min(delayMs * factor ** (attempt - 1), maxDelayMs);
  return Math.round(wholeMs * (1 - jitter * random));
}

function checkMutex(mutex: string | readonly string[]): readonly string[] {
  const names = typeof mutex === "string" ? [mutex] : mutex;
  if (!Array.isArray(names) || names.some((name) => typeof name !== "string" || name === "")) {
    throw new TypeError(`Cannot use the mutex ${Deno.inspect(mutex)}: it is a name, or several`);
  }
  return [...new Set(names)].sort();
}

function checkPriority(priority: number): number {
  if (!Number.isFinite(priority)) {
    throw new TypeError(`Cannot use the priority ${Deno.inspect(priority)}: it is a number`);
  }
  return priority;
}

function checkWhen(when: When): When {
  if (WHENS.includes(when)) return when;
  throw new TypeError(
    `Cannot run a task when ${Deno.inspect(when)}: "when" is "passed", "always" or "failed"`,
  );
}

function wholeNumber(option: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(
    `Cannot use ${option} ${Deno.inspect(value)}: it is a whole number from ${min} to ${max}`,
  );
}
