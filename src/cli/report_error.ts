/** Prints errors of the command, and maps them to exit codes. */
import { explainPatchedBuiltIns } from "../runtime/explain_patched_built_ins.ts";
import { recordError } from "../base/error_record.ts";
import { DeadlineError, EngineError, NothingToRunError, UsageError } from "../base/errors.ts";
import { permissionHint } from "../runtime/permissions.ts";
import { onOneLine } from "../base/text_format.ts";
import { ExitCode } from "./exit_code.ts";
import type { System } from "./system/system.ts";
import { missingModuleHint } from "./respawn/missing_module_hint.ts";
import { formatUrl } from "../report/text/stack_frames.ts";
import { ModuleError } from "../task/load.ts";
import { StreamError } from "./system/open_file.ts";
import { printError } from "./system/print_message.ts";

/**
 * Shortens a line, which may quote a whole file that was passed as an argument, to its two ends.
 */
function shorten(line: string): string {
  return line.length <= LINE_MAX ? line : `${line.slice(0, LINE_MAX / 2)} … ${line.slice(-200)}`;
}

const LINE_MAX = 2_000;

/** Replaces the location in the message about a module by a path relative to the folder. */
function withShortLocation(error: Error, message: string, { folder }: System): string {
  const { location } = error instanceof ModuleError ? error : {};
  if (location === undefined) return message;
  const [, url = "", place = ""] = /^(.*?)(:\d+:\d+)$/s.exec(location) ?? [];
  return message.replace(location, () => formatUrl(url, folder) + place);
}

/**
 * Prints an error.
 *
 * @returns The exit code for it.
 */
export function reportError(error: unknown, verbose: boolean, system: System): number {
  const isRequest = error instanceof UsageError || error instanceof NothingToRunError;
  const { type, message, stack } = recordError(error);
  if (isRequest) {
    printError(system, shorten(onOneLine(withShortLocation(error, message, system))));
    if (verbose && stack) system.err(stack);
    return error instanceof NothingToRunError ? ExitCode.NOTHING_TO_RUN : ExitCode.USAGE;
  }
  if (error instanceof EngineError || error instanceof DeadlineError) {
    printError(system, shorten(onOneLine(message)));
    return ExitCode.FAILED;
  }
  if (error instanceof StreamError) {
    printError(system, onOneLine(message));
    return ExitCode.INTERNAL;
  }
  const part = missingModuleHint(error);
  if (part !== undefined) {
    printError(system, part);
    return ExitCode.USAGE;
  }
  const hint = permissionHint(error);
  if (hint !== undefined) {
    const what = onOneLine(message).replace(
      /^Requires (.*), run again.*$/,
      "Cannot continue without $1",
    );
    printError(system, `${what}: ${hint}`);
    return ExitCode.USAGE;
  }
  const explained = explainPatchedBuiltIns(message);
  if (explained !== message) printError(system, `Cannot continue: ${onOneLine(explained)}`);
  else system.err(`Internal error, please report it: ${stack ?? `${type}: ${message}`}`);
  return ExitCode.INTERNAL;
}
