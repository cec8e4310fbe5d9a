/**
 * Runs the command again in a process of its own, with the configuration of the module's project. It is
 * the same copy of the library, with the same arguments, the same streams, and what is permitted here;
 * this process does nothing more than to pass on signals and the exit code.
 */
import { isFile, urlToPath } from "../../runtime/file_url.ts";
import { recordError } from "../../base/error_record.ts";
import { partUrl } from "../../runtime/package.ts";
import { onOneLine } from "../../base/text_format.ts";
import { grantOf } from "../../spawn/permission_flags.ts";
import { PERMISSION_KINDS, type StartOptions, startOptions } from "../../spawn/inherited_flags.ts";
import { moduleUrl } from "../../task/load.ts";
import { RESPAWN_CWD, RESPAWN_PENDING } from "./respawned_process.ts";
import { copyProjectFiles, lockOf } from "./project_file_copies.ts";
import { isConfigActive, isConfigGiven } from "./active_config.ts";
import { ExitCode, SIGNAL_CODES } from "../exit_code.ts";
import type { System } from "../system/system.ts";
import { importMapFor } from "./import_map_for.ts";
import { jsrPackage } from "./package_names.ts";
import { configsOf, type Project, projectOf } from "./project.ts";
import { SignalForwarder } from "./signal_forwarder.ts";
import { parseConfig, parseErrorIn, readConfig } from "./config_file.ts";
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
export async function respawn(
  options: RespawnOptions,
  system: System,
): Promise<number | undefined> {
  try {
    return await spawnAgain(options, system);
  } catch (error) { // no room for files, no more processes
    const why = onOneLine(recordError(error).message);
    system.err(`Error: Cannot restart with the imports of the module's project: ${why}`);
    return ExitCode.USAGE;
  }
}

async function spawnAgain(
  { project, args, why }: RespawnOptions,
  system: System,
): Promise<number | undefined> {
  // Processes cannot be started: the module may do without, and if not, its first name says so.
  if (Deno.build.standalone || grantOf("run") !== "all") return undefined;
  const startArgs = processArgs();
  const options = startOptions(startArgs ?? []);
  if (why === "config" && project && startArgs && isConfigActive(project, options, system.folder)) {
    return undefined;
  }
  if (why === "names" && isConfigGiven(options, system.folder)) return undefined;
  const parseError = project && configParseError(project);
  if (parseError !== undefined) {
    system.err(`Error: ${parseError}`);
    return ExitCode.USAGE;
  }
  const permissions = permissionsOf(options, startArgs !== undefined);
  const main = partUrl("cli");
  const jsr = jsrPackage(main);
  const cwd = project === undefined ? system.folder : cwdFor(project, system.folder);
  if (permissions === undefined) return undefined;
  // Paths that are permitted may start from the current folder.
  if (cwd !== system.folder && !permissions.includes("-A")) return undefined;
  // For a main program that is a file, Deno looks for a package.json from there.
  if (project && project.config === undefined && jsr === undefined) return undefined;
  // Without a project, names that were given hold, and Deno takes one import map only.
  const hasOwnNames = project === undefined && isConfigGiven(options, system.folder);
  const map = hasOwnNames ? undefined : importMapFor(project, main);
  using signals = new SignalForwarder(system); // before there are files that somebody has to remove
  await using copies = await copyProjectFiles(project, { map, library: jsr }, system);
  const pending = hasAllowAll() ? copies.pending : undefined;
  const config = project?.config === undefined ? [] : ["--config", project.config];
  const flags = [...permissions, ...forwardedFlags(options, project), ...config, ...copies.flags];
  if (signals.earlySignal !== undefined) return SIGNAL_CODES[signals.earlySignal];
  const child = new Deno.Command(Deno.execPath(), {
    // The project's node_modules hold nothing of the library's.
    args: ["run", ...flags, "--node-modules-dir=none", jsr ? `jsr:${jsr}/cli` : main.href, ...args],
    cwd,
    env: {
      [RESPAWN_CWD]: system.folder,
      ...(pending === undefined ? {} : { [RESPAWN_PENDING]: pending }),
    },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  signals.forwardTo(child);
  const { code } = await child.status;
  // Deno could not even begin, and has said why: no task has failed.
  const hasBegun = pending === undefined || !isFile(new URL(moduleUrl(pending, "/")));
  return code === 1 && !hasBegun ? ExitCode.USAGE : code;
}

/** The folder to start in: a package.json that stands alone cannot be named, and is found from there. */
function cwdFor({ folder, config }: Project, current: string): string {
  if (config !== undefined || projectOf(moduleUrl(".", current))?.folder === folder) return current;
  return folder;
}

/** The options this process was started with, but for those the project decides. */
function forwardedFlags({ inherited }: StartOptions, project: Project | undefined): string[] {
  const decided = project === undefined
    ? /^--node-modules-dir(=|$)/
    : /^(-c|--(config|import-map|lock|no-lock|frozen|node-modules-dir|vendor))(=|$)/;
  return inherited.filter((it) => !decided.test(it));
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

/** A line that names the first file that cannot be read, or undefined. */
function configParseError(project: Project): string | undefined {
  const [configs = []] = configsOf(project);
  const broken = configs.map((config) => parseErrorLine(config, parseConfig)).find((it) => it);
  if (broken !== undefined) return broken;
  for (const config of configs) {
    const { importMap } = readConfig(config);
    if (typeof importMap !== "string" || /^\w+:/.test(importMap)) continue;
    const map = new URL(importMap, config);
    if (!isFile(map)) return `Cannot read "${urlToPath(map)}", the import map: no such file`;
  }
  const lock = lockOf(project);
  return lock && parseErrorLine(lock, JSON.parse);
}

function parseErrorLine(file: URL, parse: (text: string) => unknown): string | undefined {
  const flaw = parseErrorIn(file, parse);
  return flaw && `Cannot read "${urlToPath(file)}": ${flaw.message.replaceAll(/\s+/g, " ")}`;
}
