/**
 * Respawns the command in a child process with the configuration of the module's project: the same
 * copy of the library, arguments, streams and permissions. This process then only forwards signals
 * and the exit code.
 */
import { isFile, moduleUrl, urlToPath } from "../../runtime/file_url.ts";
import { recordError } from "../../base/error_record.ts";
import { partUrl } from "../../runtime/package.ts";
import { onOneLine } from "../../base/text_format.ts";
import { grantOf } from "../../spawn/permission_flags.ts";
import { PERMISSION_KINDS, type StartOptions, startOptions } from "../../spawn/inherited_flags.ts";
import { RESPAWN_CWD, RESPAWN_PENDING } from "./respawned_process.ts";
import { copyProjectFiles, lockOf } from "./project_file_copies.ts";
import { isConfigActive, isConfigGiven } from "./active_config.ts";
import { ExitCode, SIGNAL_CODES } from "../exit_code.ts";
import type { System } from "../system/system.ts";
import { importMapFor } from "./import_map_for.ts";
import { jsrPackage } from "./package_names.ts";
import { configsOf, type Project, projectOf, usesNodeModules } from "./project.ts";
import { SignalForwarder } from "./signal_forwarder.ts";
import { parseConfig, parseErrorIn, readConfig } from "./config_file.ts";
import { hasAllowAll, processArgs } from "../../spawn/process_args.ts";
import { printError } from "../system/print_message.ts";

/** Options of {@linkcode respawn}. */
export interface RespawnOptions {
  /** The project of the module, if it has one. */
  readonly project: Project | undefined;
  /** The arguments of the command. */
  readonly args: readonly string[];
  /**
   * The reason: the project's configuration is not active; packages would come from node_modules;
   * or the module imports the library by its name and no configuration resolves that.
   */
  readonly why: "config" | "packages" | "names";
}

/**
 * Respawns the command, if that is necessary and possible.
 *
 * @returns The exit code; undefined if this process runs the module.
 */
export async function respawn(
  options: RespawnOptions,
  system: System,
): Promise<number | undefined> {
  try {
    return await spawnAgain(options, system);
  } catch (error) { // a full disk, or the limit of processes
    const why = onOneLine(recordError(error).message);
    printError(system, `Cannot restart with the imports of the module's project: ${why}`);
    return ExitCode.USAGE;
  }
}

async function spawnAgain(
  { project, args, why }: RespawnOptions,
  system: System,
): Promise<number | undefined> {
  // Without processes, the module may still load; if not, its first import fails.
  if (Deno.build.standalone || grantOf("run") !== "all") return undefined;
  const startArgs = processArgs();
  const options = startOptions(startArgs ?? []);
  const isActive = why === "packages" ||
    (why === "config" && project && startArgs && isConfigActive(project, options, system.folder));
  if (isActive && !lacksPackages(options, system.folder)) return undefined;
  if (why === "names" && isConfigGiven(options, system.folder)) return undefined;
  const parseError = project && configParseError(project);
  if (parseError !== undefined) {
    printError(system, parseError);
    return ExitCode.USAGE;
  }
  const permissions = permissionsOf(options, startArgs !== undefined);
  const main = partUrl("cli");
  const jsr = jsrPackage(main);
  const cwd = project === undefined ? system.folder : cwdFor(project, system.folder);
  if (permissions === undefined) return undefined;
  // Permitted paths may be relative to the current folder.
  if (cwd !== system.folder && !permissions.includes("-A")) return undefined;
  // For a main module that is a file, Deno searches the package.json from there.
  if (project && project.config === undefined && jsr === undefined) return undefined;
  // Without a project, the given import map applies, and Deno accepts a single one.
  const hasOwnNames = project === undefined && isConfigGiven(options, system.folder);
  const map = hasOwnNames ? undefined : importMapFor(project, main);
  using signals = new SignalForwarder(system); // before any file is created
  await using copies = await copyProjectFiles(project, { map, library: jsr }, system);
  const pending = hasAllowAll() ? copies.pending : undefined;
  const config = project?.config === undefined ? [] : ["--config", project.config];
  const flags = [...permissions, ...forwardedFlags(options, project), ...config, ...copies.flags];
  if (signals.earlySignal !== undefined) return SIGNAL_CODES[signals.earlySignal];
  const child = new Deno.Command(Deno.execPath(), {
    // The project's node_modules lack the library's packages.
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
  // Deno could not start, and has printed the reason: no task has failed.
  const hasBegun = pending === undefined || !isFile(new URL(moduleUrl(pending, "/")));
  return code === 1 && !hasBegun ? ExitCode.USAGE : code;
}

/** Whether Deno takes npm packages from node_modules, by the configuration that it discovered. */
function lacksPackages({ inherited }: StartOptions, folder: string): boolean {
  return jsrPackage(partUrl("cli")) !== undefined && usesNodeModules(folder) &&
    !inherited.some((it) => /^(-c|--(config|no-config|node-modules-dir|no-npm))(=|$)/.test(it));
}

/** The folder to start in: no option names a lone package.json, so Deno has to discover it. */
function cwdFor({ folder, config }: Project, current: string): string {
  if (config !== undefined || projectOf(moduleUrl(".", current))?.folder === folder) return current;
  return folder;
}

/**
 * The options of this process that the child inherits: those that the project does not determine.
 */
function forwardedFlags({ inherited }: StartOptions, project: Project | undefined): string[] {
  const decided = project === undefined
    ? /^--node-modules-dir(=|$)/
    : /^(-c|--(config|import-map|lock|no-lock|frozen|node-modules-dir|vendor))(=|$)/;
  return inherited.filter((it) => !decided.test(it));
}

/**
 * The permissions of this process, as options.
 *
 * @param isKnown Whether the options of this process are known.
 * @returns Undefined if they are unknown and necessary.
 */
export function permissionsOf(
  { allowed, denied }: StartOptions,
  isKnown: boolean,
): string[] | undefined {
  if (hasAllowAll()) return ["-A"];
  if (!isKnown) return undefined;
  const granted = PERMISSION_KINDS.flatMap((kind) =>
    grantOf(kind) === "less" ? allowed[kind] ?? [] : [`--allow-${kind}`]
  );
  const own = grantOf("env") === "all" ? [] : [`--allow-env=${RESPAWN_CWD}`];
  return [...granted, ...own, ...denied];
}

/** The error line of the first invalid file; undefined if all are valid. */
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
  const error = parseErrorIn(file, parse);
  return error && `Cannot read "${urlToPath(file)}": ${error.message.replaceAll(/\s+/g, " ")}`;
}
