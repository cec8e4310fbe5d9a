/** Errors thrown by a module's hooks on the main thread. */
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import { UsageError } from "../../base/errors.ts";
import type { HookName } from "../../task/hooks.ts";
import { formatUrl, userFrames } from "../../report/text/stack_frames.ts";
import { formatError } from "../../report/text/format_error.ts";
import { styleFor } from "../../report/style.ts";
import type { System } from "../system/system.ts";
import { sourceLines } from "../system/source_lines.ts";

/** The error of a hook that a run requires, such as `setupState`. The message is one line. */
export class HookFailure extends UsageError {
  readonly hook: HookName;

  /** @param thrown The value that the hook threw. */
  constructor(hook: HookName, thrown: unknown, { folder }: System) {
    super(`${hook} failed: ${briefError(recordError(thrown), folder)}`, { cause: thrown });
    this.hook = hook;
  }
}

/**
 * Prints the error of a hook that runs after the tasks, such as `teardownState`.
 *
 * @param isDetailed Whether to print the stack as well, since no recap will.
 */
export function reportHookFailure(
  hook: HookName,
  error: ErrorRecord,
  system: System,
  isDetailed: boolean,
): void {
  const style = styleFor(system.isColored);
  const context = { folder: system.folder, sourceLine: sourceLines(system) };
  const [first = "", ...rest] = formatError(error, style, context);
  system.err(`${style.bad(`${hook} failed`)}: ${first}`);
  if (isDetailed) rest.forEach((line) => system.err(line));
}

/** Formats an error as `TypeError: message (file:line:column), caused by …`. */
function briefError({ type, message, stack, cause }: ErrorRecord, folder: string): string {
  const [frame] = userFrames(stack, message);
  const location = frame && `${formatUrl(frame.url, folder)}:${frame.line}:${frame.column}`;
  const where = location === undefined ? "" : ` (${location})`;
  const causeText = cause === undefined ? "" : `, caused by ${briefError(cause, folder)}`;
  return `${type}: ${message}${where}${causeText}`;
}
