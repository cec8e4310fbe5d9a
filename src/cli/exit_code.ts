/** The numbers the command ends with, and what they mean. They are an API: scripts read them. */
import { isSuccessful } from "../events/run_view.ts";
import type { RunResult } from "../run/run_graph.ts";

/** The exit codes. */
export const ExitCode = {
  /** Every task passed. */
  PASSED: 0,
  /** A task failed, or an error came up outside of tasks. */
  FAILED: 1,
  /** The request was wrong: usage, module, graph or state file. */
  USAGE: 2,
  /** There is nothing to run. */
  NOTHING_TO_RUN: 4,
  /** An internal error, or a report or the state that could not be written. */
  INTERNAL: 70,
  /** SIGHUP: 128 + 1. */
  HUNG_UP: 129,
  /** SIGINT: 128 + 2. */
  INTERRUPTED: 130,
  /** SIGTERM: 128 + 15. */
  TERMINATED: 143,
} as const;

/** The exit codes of a run that a signal interrupted: 128 plus its number. */
export const SIGNAL_CODES = {
  SIGINT: ExitCode.INTERRUPTED,
  SIGTERM: ExitCode.TERMINATED,
  SIGHUP: ExitCode.HUNG_UP,
} as const;

/** The signals the command answers. */
export type ExitSignal = keyof typeof SIGNAL_CODES;

/** Conditions of the exit code besides the outcomes of tasks. */
export interface ExitConditions {
  /** Whether a task that passed on a retry only fails the run. */
  readonly failOnFlaky?: boolean;
  /** Whether all that was to be written by the command itself is written. */
  readonly isWritten?: boolean;
}

/** The exit code for a run that was not interrupted. */
export function exitCodeOf(
  { view, reporterFailures }: RunResult,
  { failOnFlaky = false, isWritten = true }: ExitConditions = {},
): number {
  // A task without an outcome is an internal error, never a success.
  if (view.finished.length < view.tasks.length) return ExitCode.INTERNAL;
  const isFlaky = failOnFlaky && view.flaky.length > 0;
  if (!isSuccessful(view) || isFlaky) return ExitCode.FAILED;
  return reporterFailures.length > 0 || !isWritten ? ExitCode.INTERNAL : ExitCode.PASSED;
}
