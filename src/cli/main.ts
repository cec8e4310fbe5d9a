/** From the arguments to the exit code. This is the only place that catches everything. */
import type { ErrorRecord } from "../base/error_record.ts";
import { VERSION } from "../runtime/package.ts";
import { ExitCode } from "./exit_code.ts";
import { reportError } from "./report_error.ts";
import { ModuleError } from "../task/load.ts";
import type { System } from "./system/system.ts";
import { loadTarget } from "./run/load_target.ts";
import { ROUND_MESSAGES } from "./respawn/respawned_process.ts";
import { isSelfImportError, respawnWithSelfImport } from "./respawn/self_import.ts";
import { parseCommand } from "./args/parse_command.ts";
import {
  openReporters,
  type Report,
  reportRejection,
  withStdoutReserved,
} from "./output/open_reporters.ts";
import { type Action, isOutForData, type TypedRequest, writesFiles } from "./args/request.ts";
import { withModules } from "./run/expand_modules.ts";
import { runCommand } from "./run/run_command.ts";
import { withOrdering } from "./run/with_ordering.ts";
import { reportingUncaughtErrors } from "./reporting_uncaught_errors.ts";
import { withStdoutRedirected } from "./system/patch_console.ts";
import { peekArgs } from "./args/peek_args.ts";
import { findSettings } from "./settings/find_settings.ts";
import type { Settings } from "./settings/parse_settings.ts";
import { expandFileArgs, valueFiles } from "./args/expand_file_args.ts";
import { printNote } from "./system/print_message.ts";

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
      const exitCode = reportError(error, peekArgs(args).isVerbose, system);
      if (error instanceof ModuleError && error.location !== undefined) {
        const { printExcerpt } = await import("./output/print_excerpt.ts");
        printExcerpt(error.location, system);
      }
      return exitCode;
    } catch {
      return ExitCode.INTERNAL; // the error cannot be printed anywhere
    }
  }
}

/** Environment variable with the name of the profile, if no option names one. */
const PROFILE_VARIABLE = "TDRUN_PROFILE";

/**
 * Returns the function that reads the settings, with the profile that the command line names; its
 * code is loaded only if there are settings or a profile.
 */
async function settingsReader(
  args: readonly string[],
  system: System,
): Promise<((profile: string | undefined) => Settings | undefined) | undefined> {
  if (args.includes("--no-settings")) return undefined;
  const profile = system.env(PROFILE_VARIABLE) || undefined;
  try {
    const file = findSettings(system.folder);
    const isUsed = file !== undefined || profile !== undefined ||
      args.some((arg) => arg.startsWith("--profile"));
    if (!isUsed) return undefined;
    const { loadSettings } = await import("./settings/load_settings.ts");
    const fromEnv = profile === undefined ? undefined : `${PROFILE_VARIABLE}=${profile}`;
    return (typed) =>
      loadSettings(file, {
        profile: typed ?? profile,
        option: typed === undefined ? fromEnv : `--profile=${typed}`,
        folder: system.folder,
      });
  } catch (error) {
    return () => {
      throw error; // only if the command needs the settings: not for --help
    };
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
  if (subcommand === "merge") {
    const { mergeCommand } = await import("./merge/merge_command.ts");
    return await mergeCommand(args.slice(1), system);
  }
  const parsed = parseCommand(expandFileArgs(args, system), await settingsReader(args, system));
  if (parsed.type === "help") {
    const { briefHelpText, helpText } = await import("./help/help_text.ts");
    const { helpLayout } = await import("./help/help_layout.ts");
    system.out((parsed.isBrief ? briefHelpText : helpText)(helpLayout(system)));
    return ExitCode.PASSED;
  }
  if (parsed.type === "version") {
    system.out(VERSION);
    return ExitCode.PASSED;
  }
  if (parsed.type === "settings") {
    const { formatSettings } = await import("./settings/format_settings.ts");
    system.out(formatSettings(parsed.inForce));
    return ExitCode.PASSED;
  }
  if (parsed.type === "completions") {
    const { completions } = await import("./help/completion_script.ts");
    system.out(completions(parsed.of, system.folder));
    return ExitCode.PASSED;
  }
  const request = withModules(parsed.request, system.folder);
  const messages = system.env(ROUND_MESSAGES);
  if (request.watch && messages === undefined) {
    const { watchCommand } = await import("./watch/watch_command.ts");
    return await watchCommand(args, parsed.request, system);
  }
  if (messages !== undefined) {
    const { nextRound } = await import("./watch/next_round.ts");
    const round = await nextRound(messages, system);
    if (round === undefined) return ExitCode.PASSED; // the watch has ended
    return await runRound({ ...request, round }, args, system, { errors, reports });
  }
  return await runRequest(request, args, system, { errors, reports });
}

/** Runs a round of `--watch`. */
async function runRound(
  request: TypedRequest,
  args: readonly string[],
  system: System,
  start: RunStart,
): Promise<number> {
  try {
    const code = await runRequest(request, args, system, start);
    return await request.round?.holder.hold(code) ?? code;
  } catch (error) {
    await request.round?.holder.disposeAll();
    if (!isSelfImportError(error)) throw error;
    if (!system.isRespawned) {
      request.round?.passOn(); // this process respawns with an import map
      throw error;
    }
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
  for (const note of request.notes) printNote(system, note);
  if (writesFiles(request)) {
    const { assertNoOverwrite } = await import("./run/assert_no_overwrite.ts");
    const values = { what: "file that a value is read from", files: valueFiles(args) };
    assertNoOverwrite(request, values, system.folder);
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
  return await inspect(request, request.action, system);
}

/** Loads the module for an action that runs no task, and prints what was asked. */
async function inspect(
  request: TypedRequest,
  action: Exclude<Action, { type: "run" }>,
  system: System,
): Promise<number> {
  const { target, code } = await withStdoutRedirected(async () => {
    const target = await loadTarget(request, system);
    if (request.stateOut === undefined) return { target, code: ExitCode.PASSED };
    const { writeInitialState } = await import("./run/state_out.ts");
    return { target, code: await writeInitialState(request.stateOut, target, system) };
  });
  if (action.type === "list" && action.format === "json") {
    const { listJson } = await import("./inspect/list_json.ts");
    system.out(listJson(target));
    return code;
  }
  const { printAction } = await import("./inspect/print_action.ts");
  const policy = await withOrdering(target.request, 0, target.url, system);
  const seen = isOutForData(request) ? withStdoutReserved(system) : system;
  seen.out(printAction(action, { ...target.request, policy }, target.graph, seen));
  return code;
}
