/**
 * A module means by its imports what the configuration of its own project says: the deno.json or
 * package.json nearest to it. Deno reads the one nearest to the main program, or the one it was told of;
 * an installed command has one of its own. Where that is another, the command is run again with the
 * module's. Only the question is asked here, since most runs answer it with no.
 */
import { foldersUp, isFile, pathOf } from "../base/file_url.ts";
import { grantedEnv, isGranted } from "../base/granted.ts";
import { moduleUrl } from "../task/load.ts";
import { flawIn, parseConfig, readConfig } from "./config_file.ts";
import { ExitCode } from "./exit_code.ts";
import type { Host } from "./host.ts";

/** Set for a process that runs again, to the folder it is to start in: nobody asks there once more. */
export const AGAIN = "TDRUN_AGAIN";
/** Set with it, to a file that the process removes when it has come so far. */
export const PENDING = "TDRUN_PENDING";

/** A folder with a configuration. */
export interface Project {
  /** Its absolute path. */
  readonly folder: string;
  /** Its deno.json or deno.jsonc; undefined where there is a package.json alone. */
  readonly config: string | undefined;
}

/** What in a configuration changes how a module runs. The rest is for other commands. */
const MATTERS = [
  ...["imports", "scopes", "importMap", "workspace", "links", "patch", "nodeModulesDir", "vendor"],
  ...["unstable", "exports", "dependencies", "devDependencies", "workspaces"],
];
const MATTERS_OF_COMPILER = /jsx|decorator/i;
const NAMES = ["deno.json", "deno.jsonc", "package.json"];
/** How often a process that runs again looks whether the one that started it is still there. */
const LOOK_MS = 500;

/**
 * The project of a module, if it has one that changes how the module runs.
 *
 * @param url The module.
 */
export function projectOf(url: string): Project | undefined {
  if (!url.startsWith("file:")) return undefined;
  let nearest: Project | undefined;
  for (const configs of configsFrom(new URL(".", url))) {
    const isDeno = !configs[0].pathname.endsWith("/package.json");
    const isNearest = nearest === undefined;
    nearest ??= {
      folder: pathOf(new URL(".", configs[0])),
      config: isDeno ? pathOf(configs[0]) : undefined,
    };
    if (isNearest && configs.some((it) => flawIn(it, parseConfig))) return nearest;
    // A workspace further up may have what its member has not.
    if (configs.some(doesMatter)) return nearest;
  }
  return undefined;
}

/** The configurations in a folder and those it is in, folder by folder; the one Deno prefers is first. */
export function* configsFrom(folder: URL): Generator<[URL, ...URL[]]> {
  const isAllReadable = isGranted({ name: "read" });
  const isReadable = (path: URL) => isAllReadable || isGranted({ name: "read", path });
  for (const at of foldersUp(folder)) {
    const [first, ...others] = NAMES.map((name) => new URL(name, at))
      .filter((url) => isReadable(url) && isFile(url));
    if (first !== undefined) yield [first, ...others];
  }
}

/** The same for a project: its own come first. */
export function configsOf({ folder }: Project): Generator<[URL, ...URL[]]> {
  return configsFrom(new URL(moduleUrl("", folder)));
}

/** Whether all names that a project has stand here for what they stand for there: the usual case, soon seen. */
export function isEvident({ config }: Project): boolean {
  if (config === undefined) return false;
  const url = new URL(moduleUrl(config, "/"));
  const { imports } = readConfig(url);
  const names = Object.entries(imports ?? {}).filter(([name]) => !/^\.{0,2}\//.test(name));
  return names.length > 0 && names.every(([name, target]) => {
    try {
      const wanted = /^\.{0,2}\//.test(target) ? new URL(target, url).href : target;
      // Both, since Deno gives the file of a package that it has, and the specifier of one that it has not.
      return canonical(import.meta.resolve(name)) === canonical(import.meta.resolve(wanted));
    } catch {
      return false;
    }
  });
}

/** Deno writes `jsr:/@std/yaml` for `jsr:@std/yaml`. */
function canonical(specifier: string): string {
  return specifier.replace(/^(jsr|npm):\//, "$1:");
}

/**
 * The project whose configuration Deno has found by itself.
 *
 * @param folder The current folder.
 */
export function discoveredProject(folder: string): Project | undefined {
  const { mainModule } = Deno;
  return projectOf(mainModule.startsWith("file:") ? mainModule : moduleUrl(".", folder));
}

function doesMatter(config: URL): boolean {
  const { compilerOptions = {}, ...rest } = readConfig(config);
  return MATTERS.some((key) => key in rest) ||
    Object.keys(compilerOptions as object).some((key) => MATTERS_OF_COMPILER.test(key));
}

/**
 * To be called first of all: a process that runs again goes where it is to be.
 *
 * @returns Undefined where this process does not run again. Otherwise what has it end, as if it was told to,
 * when the one that started it is gone: for when the module is loaded. Until then no timer is set, since
 * with one, of whatever kind, Deno does not notice that a module awaits what never comes.
 */
export function takeUpAgain(): (() => void) | undefined {
  const folder = grantedEnv(AGAIN);
  if (folder === undefined) return undefined;
  Deno.env.delete(AGAIN); // what tasks start is none of ours
  const pending = grantedEnv(PENDING);
  if (pending) Deno.removeSync(pending);
  if (pending) Deno.env.delete(PENDING);
  if (folder !== Deno.cwd()) Deno.chdir(folder);
  const parent = Deno.ppid;
  return () => {
    const look = setInterval(() => {
      if (Deno.ppid !== parent) Deno.kill(Deno.pid, "SIGTERM");
    }, LOOK_MS);
    Deno.unrefTimer(look);
  };
}

/** The module among the arguments of the command, as typed: known by its ending, before any is parsed. */
export function moduleAmong(args: readonly string[]): string | undefined {
  const end = args.indexOf("--");
  const target = args.slice(0, end < 0 ? args.length : end + 2)
    .find((arg) => !arg.startsWith("-") && MODULE.test(arg));
  return target && moduleOf(target);
}

const MODULE = /^.*?\.[cm]?[jt]sx?(?=::|$)/s;

/** The project of that module; without one, of the current folder. */
export function projectAmong(args: readonly string[], folder: string): Project | undefined {
  return projectOf(moduleUrl(moduleAmong(args) ?? ".", folder));
}

/** The module of a target, `module.ts::task`. Names of tasks may have slashes, and folders `::`. */
export function moduleOf(target: string): string {
  const known = MODULE.exec(target)?.[0];
  if (known !== undefined) return known;
  const end = target.indexOf("::", target.lastIndexOf("/") + 1);
  return end < 0 ? target : target.slice(0, end);
}

/**
 * Runs the command again if its module has a configuration of its own that is not in force.
 *
 * @param args The arguments of the command.
 * @returns The exit code; undefined where this process is the one that runs the module.
 */
export async function runWithOwnConfig(
  args: readonly string[],
  host: Host,
): Promise<number | undefined> {
  const module = host.isAgain ? undefined : moduleAmong(args);
  const project = module && projectOf(moduleUrl(module, host.folder));
  if (!project || isEvident(project)) return undefined;
  const { runAgain } = await import("./run_again.ts");
  return await runAgain({ project, args, why: "config" }, host);
}

/** Processes of tasks are started from a folder of their own: a package.json alone is not found there. */
export function noteOnProcesses(url: string): string | undefined {
  const project = projectOf(url);
  if (project === undefined || project.config !== undefined) return undefined;
  return `in processes, packages of "${project.folder}package.json" are not found; ` +
    "a deno.json that holds {}, beside it, puts it in force";
}

/**
 * What would help where a module could not be loaded because of a name that its project explains, and
 * this process could not run again.
 *
 * @param why Why the module could not be loaded.
 */
export function hintOnNames(url: string, why: string): string {
  const project = /not a dependency|import map/.test(why) ? projectOf(url) : undefined;
  if (project === undefined || isEvident(project) || Deno.build.standalone) return "";
  const { config, folder } = project;
  if (!isGranted({ name: "run" })) {
    return `; for the names in "${config ?? folder}", run with --allow-run`;
  }
  return config === undefined
    ? `; a deno.json that holds {}, in "${folder}", puts its package.json in force`
    : "";
}

/**
 * Where a project has a package.json, Deno takes packages from its node_modules alone, and the command's
 * own are not there. It is run again with those of Deno's cache.
 *
 * @param error Why the command could not be loaded.
 * @returns The exit code.
 * @throws The error, if it is neither that nor a part that is missing.
 */
export async function runWithOwnPackages(
  error: unknown,
  args: readonly string[],
  host: Host,
): Promise<number> {
  const isMissing = error instanceof Error &&
    /matching package .* node_modules/.test(error.message);
  if (!isMissing || host.isAgain) {
    const { missingPart } = await import("./missing_part.ts");
    const part = missingPart(error);
    if (part === undefined) throw error;
    host.err(`Error: ${part}`);
    return ExitCode.USAGE;
  }
  const { runAgain } = await import("./run_again.ts");
  const project = projectAmong(args, host.folder);
  const code = await runAgain({ project, args, why: "packages" }, host);
  if (code !== undefined) return code;
  host.err(
    "Error: Cannot find the command's own packages in node_modules: run with --node-modules-dir=none",
  );
  return ExitCode.USAGE;
}
