/**
 * Runs the command again in a process of its own, with the configuration of the module's project. It is
 * the same copy of the library, with the same arguments, the same streams, and what is permitted here;
 * this process does nothing more than to pass on signals and the exit code.
 */
import { isFile } from "../../runtime/file_url.ts";
import { recordError } from "../../base/error_record.ts";
import { partUrl } from "../../runtime/package.ts";
import { onOneLine } from "../../base/text_format.ts";
import { grantOf } from "../../spawn/permission_flags.ts";
import { PERMISSION_KINDS, type StartOptions, startOptions } from "../../spawn/inherited_flags.ts";
import { moduleUrl } from "../../task/load.ts";
import { PENDING, RESPAWN_CWD } from "./respawned_process.ts";
import { copyProjectFiles } from "./project_file_copies.ts";
import { areNamesGiven, isConfigActive } from "./active_config.ts";
import { ExitCode, SIGNAL_CODES } from "../exit_code.ts";
import type { System } from "../system/system.ts";
import { importMapFor } from "./merged_import_map.ts";
import { jsrPackage } from "./package_names.ts";
import { type Project, projectOf } from "./project.ts";
import { SignalForwarder } from "./signal_forwarder.ts";
import { configParseError } from "./config_parse_error.ts";
import { hasAllowAll, processArgs } from "../../spawn/process_args.ts";

/** What is run again. */
export interface RespawnOptions {
  /** The project of the module, if it has one. */
  readonly project: Project | undefined;
  /** The arguments of the command. */
  readonly args: readonly string[];
  /**
   * For the project's configuration, where that is not in force; for the command's own packages, which
   * were not found; for the library's own name, which the module uses and nothing explains.
   */
  readonly why: "config" | "packages" | "names";
}

/**
 * Runs again, if that is needed and can be done.
 *
 * @returns The exit code; undefined where this process is the one that runs the module.
 */
export async function respawn(again: RespawnOptions, host: System): Promise<number | undefined> {
  try {
    return await start(again, host);
  } catch (error) { // no room for files, no more processes
    const why = onOneLine(recordError(error).message);
    host.err(`Error: Cannot run again with the names that the module needs: ${why}`);
    return ExitCode.USAGE;
  }
}

async function start(
  { project, args, why }: RespawnOptions,
  host: System,
): Promise<number | undefined> {
  // Processes cannot be started: the module may do without, and if not, its first name says so.
  if (Deno.build.standalone || grantOf("run") !== "all") return undefined;
  const started = processArgs();
  const options = startOptions(started ?? []);
  if (why === "config" && project && started && isConfigActive(project, options, host.folder)) {
    return undefined;
  }
  if (why === "names" && areNamesGiven(options, host.folder)) return undefined;
  const unreadable = project && configParseError(project);
  if (unreadable !== undefined) {
    host.err(`Error: ${unreadable}`);
    return ExitCode.USAGE;
  }
  const permissions = permissionsOf(options, started !== undefined);
  const main = partUrl("cli");
  const jsr = jsrPackage(main);
  const home = project === undefined ? host.folder : homeFor(project, host.folder);
  if (permissions === undefined) return undefined;
  // Paths that are permitted may start from the current folder.
  if (home !== host.folder && !permissions.includes("-A")) return undefined;
  // For a main program that is a file, Deno looks for a package.json from there.
  if (project && project.config === undefined && jsr === undefined) return undefined;
  // Without a project, names that were given hold, and Deno takes one import map only.
  const isGiven = project === undefined && areNamesGiven(options, host.folder);
  const map = isGiven ? undefined : importMapFor(project, main);
  using signals = new SignalForwarder(host); // before there are files that somebody has to remove
  await using borrowed = await copyProjectFiles(project, { map, library: jsr }, host);
  const pending = hasAllowAll() ? borrowed.pending : undefined;
  const config = project?.config === undefined ? [] : ["--config", project.config];
  const flags = [...permissions, ...keptOf(options, project), ...config, ...borrowed.flags];
  if (signals.early !== undefined) return SIGNAL_CODES[signals.early];
  const child = new Deno.Command(Deno.execPath(), {
    // The project's node_modules hold nothing of the library's.
    args: ["run", ...flags, "--node-modules-dir=none", jsr ? `jsr:${jsr}/cli` : main.href, ...args],
    cwd: home,
    env: { [RESPAWN_CWD]: host.folder, ...(pending === undefined ? {} : { [PENDING]: pending }) },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  signals.passTo(child);
  const { code } = await child.status;
  // Deno could not even begin, and has said why: no task has failed.
  const hasBegun = pending === undefined || !isFile(new URL(moduleUrl(pending, "/")));
  return code === 1 && !hasBegun ? ExitCode.USAGE : code;
}

/** The folder to start in: a package.json that stands alone cannot be named, and is found from there. */
function homeFor({ folder, config }: Project, current: string): string {
  if (config !== undefined || projectOf(moduleUrl(".", current))?.folder === folder) return current;
  return folder;
}

/** The options this process was started with, but for those the project decides. */
function keptOf({ inherited: kept }: StartOptions, project: Project | undefined): string[] {
  const decided = project === undefined
    ? /^--node-modules-dir(=|$)/
    : /^(-c|--(config|import-map|lock|no-lock|frozen|node-modules-dir|vendor))(=|$)/;
  return kept.filter((it) => !decided.test(it));
}

/**
 * What is permitted here, as options.
 *
 * @param isKnown Whether the options this process was started with are known.
 * @returns Undefined where they would have to be and are not.
 */
function permissionsOf({ allowed, denied }: StartOptions, isKnown: boolean): string[] | undefined {
  if (hasAllowAll()) return ["-A"];
  if (!isKnown) return undefined;
  const granted = PERMISSION_KINDS.flatMap((kind) =>
    grantOf(kind) === "less" ? allowed[kind] ?? [] : [`--allow-${kind}`]
  );
  const own = grantOf("env") === "all" ? [] : [`--allow-env=${RESPAWN_CWD}`];
  return [...granted, ...own, ...denied];
}
