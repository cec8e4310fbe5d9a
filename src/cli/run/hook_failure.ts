/** What a hook of the module has thrown on the main thread, in words. */
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import { UsageError } from "../../base/errors.ts";
import type { HookName } from "../../task/hooks.ts";
import { formatUrl, userFrames } from "../../report/text/stack_frames.ts";
import { formatError } from "../../report/text/format_error.ts";
import { styleFor } from "../../report/style.ts";
import type { System } from "../system/system.ts";
import { sourceLines } from "../system/source_lines.ts";

/** A hook without which nothing can be run has thrown. Its message is one line. */
export class HookFailure extends UsageError {
  /** Which one. */
  readonly hook: HookName;

  /** @param thrown What it threw. */
  constructor(hook: HookName, thrown: unknown, { folder }: System) {
    super(`${hook} failed: ${inShort(recordError(thrown), folder)}`, { cause: thrown });
    this.hook = hook;
  }
}

/**
 * Says that a hook has failed whose failure changes nothing any more.
 *
 * @param isInFull Whether nothing else will: then it takes many lines, as in the recap.
 */
export function reportHookFailure(
  hook: HookName,
  error: ErrorRecord,
  system: System,
  isInFull: boolean,
): void {
  const style = styleFor(system.isColored);
  const places = { folder: system.folder, sourceLine: sourceLines(system) };
  const [first = "", ...rest] = formatError(error, style, places);
  system.err(`${style.bad(`${hook} failed`)}: ${first}`);
  if (isInFull) rest.forEach((line) => system.err(line));
}

/** `TypeError: what (file:line:column), caused by …` */
function inShort({ type, message, stack, cause }: ErrorRecord, folder: string): string {
  const [frame] = userFrames(stack, message);
  const place = frame && `${formatUrl(frame.url, folder)}:${frame.line}:${frame.column}`;
  const where = place === undefined ? "" : ` (${place})`;
  const because = cause === undefined ? "" : `, caused by ${inShort(cause, folder)}`;
  return `${type}: ${message}${where}${because}`;
}
