/** From the arguments to the exit code. This is the only place that catches everything. */
import type { ErrorRecord } from "../base/error_record.ts";
import { VERSION } from "../runtime/package.ts";
import { ExitCode } from "./exit_code.ts";
import { reportError } from "./report_error.ts";
import type { System } from "./system/system.ts";
import { loadTarget } from "./run/load_target.ts";
import { isSelfImportError, respawnWithSelfImport } from "./respawn/self_import.ts";
import { parseCommand } from "./args/parse_command.ts";
import {
  openReporters,
  type Report,
  reportRejection,
  withStdoutReserved,
} from "./output/open_reporters.ts";
import { isOutForData, type TypedRequest, writesFiles } from "./args/request.ts";
import { runCommand } from "./run/run_command.ts";
import { withOrdering } from "./run/with_ordering.ts";
import { reportingUncaughtErrors } from "./reporting_uncaught_errors.ts";
import { withStdoutRedirected } from "./system/patch_console.ts";
import { peekArgs } from "./args/peek_args.ts";
import { expandFileArgs, valueFiles } from "./args/expand_file_args.ts";

/**
 * Runs the command.
 *
 * @param args The arguments, without the program.
 * @returns The exit code. It never throws.
 */
export async function main(args: readonly string[], system: System): Promise<number> {
  const reports: Report[] = [];
  try {
    return await reportingUncaughtErrors(
      system,
      (errors) => dispatch(args, system, { errors, reports }),
    );
  } catch (error) {
    try {
      const code = await respawnWithSelfImport(error, args, system);
      if (code !== undefined) return code;
      await reportRejection(reports, error);
      return reportError(error, peekArgs(args).isVerbose, system);
    } catch {
      return ExitCode.INTERNAL; // the error cannot be printed anywhere
    }
  }
}

/** The reports and errors before the start of a run. */
interface RunStart {
  readonly errors: readonly ErrorRecord[];
  /** The open reports. */
  readonly reports: Report[];
}

async function dispatch(
  args: readonly string[],
  system: System,
  { errors, reports }: RunStart,
): Promise<number> {
  const { subcommand } = peekArgs(args);
  if (subcommand !== undefined) system.endWithParent?.();
  if (subcommand === "ui") {
    const { uiCommand } = await import("./ui/ui_command.ts");
    return await uiCommand(args.slice(1), system);
  }
  if (subcommand === "cache") {
    const { cacheCommand } = await import("./cache/cache_command.ts");
    return cacheCommand(args.slice(1), system);
  }
  if (subcommand === "worker") {
    const { workerCommand } = await import("./worker/worker_command.ts");
    return await workerCommand(args.slice(1), system);
  }
  const parsed = parseCommand(expandFileArgs(args, system));
  if (parsed.type === "help") {
    const { helpText } = await import("./help/help_text.ts");
    system.out(helpText());
    return ExitCode.PASSED;
  }
  if (parsed.type === "version") {
    system.out(VERSION);
    return ExitCode.PASSED;
  }
  if (parsed.type === "completions") {
    const { completionScript } = await import("./help/completion_script.ts");
    system.out(completionScript(parsed.shell));
    return ExitCode.PASSED;
  }
  if (parsed.request.watch) {
    const { watchCommand } = await import("./watch/watch_command.ts");
    return await watchCommand(args, parsed.request, system);
  }
  const messages = system.isRespawned ? system.env("TDRUN_WATCH_MESSAGES") : undefined;
  if (messages !== undefined) {
    const { nextRound } = await import("./watch/watch_round.ts");
    const round = await nextRound(messages);
    if (round === undefined) return ExitCode.PASSED; // the watch has ended
    return await runRound({ ...parsed.request, round }, args, system, { errors, reports });
  }
  return await runRequest(parsed.request, args, system, { errors, reports });
}

/** Runs a round of `--watch`. */
async function runRound(
  request: TypedRequest,
  args: readonly string[],
  system: System,
  start: RunStart,
): Promise<number> {
  try {
    return await runRequest(request, args, system, start);
  } catch (error) {
    if (!isSelfImportError(error)) throw error;
    request.round?.importsSelf(error.message); // the watching process restarts with an import map
    return ExitCode.USAGE;
  }
}

async function runRequest(
  request: TypedRequest,
  args: readonly string[],
  system: System,
  { errors, reports }: RunStart,
): Promise<number> {
  for (const note of request.notes) system.err(`Note: ${note}`);
  if (writesFiles(request)) {
    const { assertNoOverwrite } = await import("./run/assert_no_overwrite.ts");
    assertNoOverwrite(request, valueFiles(args), system.folder);
  }
  if (request.action.type === "run") {
    const run = async () => {
      // Reports are open before the module is loaded, so that they get its errors.
      reports.push(...await openReporters(request, system));
      const target = await loadTarget(request, system);
      request.round?.loaded(target.selected.tasks);
      return await runCommand(target, system, { errors, reports });
    };
    return await (isOutForData(request) ? withStdoutRedirected(run) : run());
  }
  const { printAction } = await import("./inspect/print_action.ts");
  const { target, code } = await withStdoutRedirected(async () => {
    const target = await loadTarget(request, system);
    if (request.stateOut === undefined) return { target, code: ExitCode.PASSED };
    const { writeInitialState } = await import("./run/state_out.ts");
    return { target, code: await writeInitialState(request.stateOut, target, system) };
  });
  const policy = await withOrdering(target.request, 0, target.url, system);
  const seen = isOutForData(request) ? withStdoutReserved(system) : system;
  seen.out(printAction(request.action, { ...target.request, policy }, target.graph, seen));
  return code;
}
